// Index assignment inside make_plan.
#pragma once

#include <optional>
#include <set>

#include "model/plan.hpp"

namespace sluice::model {

struct NewAssignment {
  Assignment assignment;
  std::set<ServiceId> fresh_services;  // these had no index before
  std::set<BackendId> fresh_backends;
};

// Only what `config` names keeps or gets an index. Nothing when the card's tables are too small.
std::optional<NewAssignment> assign_indexes(const Config& config, const Assignment& previous);

}  // namespace sluice::model
