// Checks every backend of the configuration that wants it, each service's backends by its own rule.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "health/tcp_checker.hpp"
#include "model/plan.hpp"

namespace sluice::daemon {

class HealthWatch {
 public:
  // `state.last` is the reason. Called from run().
  using OnChange = std::function<void(const model::BackendId&, const health::State& state)>;
  using BelievedUp = std::function<bool(const model::BackendId&)>;

  // Checks leave by `device`, from the address of the port towards the backend.
  static base::Result<std::unique_ptr<HealthWatch>> create(std::string device, OnChange on_change);

  // From now on this configuration's checks; those that go on keep what they know, new ones start
  // from `believed_up`.
  void configure(const model::Config& config, const BelievedUp& believed_up, health::TimePoint now);

  int fd() const { return checker_->fd(); }
  std::optional<health::TimePoint> deadline() const { return checker_->next_deadline(); }
  void run(health::TimePoint now) { checker_->run(now); }

  // Nothing if the backend is not checked.
  std::optional<health::State> state(const model::BackendId& backend) const;
  std::size_t size() const { return checker_->size(); }

 private:
  HealthWatch(std::string device, OnChange on_change)
      : device_(std::move(device)), on_change_(std::move(on_change)) {}

  std::string device_;
  OnChange on_change_;
  std::optional<health::TcpChecker> checker_;
  std::map<model::BackendId, health::TcpChecker::Id> ids_;
  std::map<health::TcpChecker::Id, model::BackendId> backends_;
  health::TcpChecker::Id next_id_ = 1;
};

}  // namespace sluice::daemon
