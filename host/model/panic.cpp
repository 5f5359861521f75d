#include "model/panic.hpp"

namespace sluice::model {

bool in_panic(const Standing& standing, const ServiceConfig& service, bool before) {
  if (service.check.type == CheckType::none || !service.panic_threshold_pct) return false;
  if (!before && standing.lately == 0) return false;
  const unsigned fail = (before ? standing.down : standing.lately) + standing.falling;
  return 100 * fail > *service.panic_threshold_pct * standing.backends;
}

}  // namespace sluice::model
