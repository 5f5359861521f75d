// Which parts of the tables with one copy a service's record makes live.
#pragma once

#include "layout/images.hpp"

namespace sluice::driver {

inline bool has_ring(const layout::Service& service) {
  return service.valid != 0 && service.ring_slots != 0;
}

inline bool has_turns(const layout::Service& service) {
  return has_ring(service) && service.scheduler == layout::kScheduler_turns;
}

// Its backends' shares matter.
inline bool compares_loads(const layout::Service& service) {
  return service.valid != 0 && (service.scheduler == layout::kScheduler_pair ||
                                service.scheduler == layout::kScheduler_least);
}

}  // namespace sluice::driver
