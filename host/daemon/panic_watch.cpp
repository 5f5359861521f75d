#include "daemon/panic_watch.hpp"

namespace sluice::daemon {

void PanicWatch::note_change(const model::BackendId& backend, bool up, TimePoint now) {
  if (up) {
    went_down_.erase(backend);
  } else {
    went_down_[backend] = now;
  }
}

bool PanicWatch::judge(const model::ServiceConfig& service, const StateOf& state_of, bool before,
                       TimePoint now) const {
  model::Standing standing;
  for (const auto& backend : service.backends) {
    if (backend.drain || backend.weight == 0) continue;
    ++standing.backends;
    const auto id = model::id_of(service, backend);
    const auto state = state_of(id);
    if (!state) continue;
    if (state->up) {
      // With a fall of 1 nobody is seen falling.
      if (state->streak != 0 && state->streak + 1 >= service.check.fall) ++standing.falling;
      continue;
    }
    ++standing.down;
    const auto when = went_down_.find(id);
    if (when != went_down_.end() && now - when->second <= service.check.interval) {
      ++standing.lately;
    }
  }
  return model::in_panic(standing, service, before);
}

}  // namespace sluice::daemon
