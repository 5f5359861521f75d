// The tables that are searched by key: services, VIPs and ways back, inside make_plan.
#pragma once

#include "base/result.hpp"
#include "model/plan.hpp"

namespace sluice::model {

// `plan` has its services; it gets hash keys under which all keys have a place, and these.
base::Result<void> fill_keys(const Config& config, Plan& plan);

}  // namespace sluice::model
