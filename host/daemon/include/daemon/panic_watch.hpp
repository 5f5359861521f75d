// Which services are in panic (model/panic.hpp), by what their checks say. Pure: time is passed in.
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "health/tcp_checker.hpp"
#include "model/panic.hpp"
#include "model/plan.hpp"

namespace sluice::daemon {

class PanicWatch {
 public:
  using TimePoint = health::TimePoint;  // of checks
  using StateOf = std::function<std::optional<health::State>(const model::BackendId&)>;

  // A backend went down, or came up.
  void note_change(const model::BackendId& backend, bool up, TimePoint now);
  // Whether the service is in panic now.
  bool judge(const model::ServiceConfig& service, const StateOf& state_of, bool before,
             TimePoint now) const;

 private:
  std::map<model::BackendId, TimePoint> went_down_;
};

}  // namespace sluice::daemon
