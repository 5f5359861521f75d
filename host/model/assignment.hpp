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
  std::vector<ServiceId> leaving_services;
  std::vector<BackendId> leaving_backends;
};

// What `config` names keeps or gets an index. What `previous` names besides keeps its own until it
// has no connections, or is not in `live` anyway. Nothing when the card's tables are too small.
std::optional<NewAssignment> assign_indexes(const Config& config, const Inputs& inputs,
                                            const layout::TableImages& live,
                                            const Assignment& previous);

}  // namespace sluice::model
