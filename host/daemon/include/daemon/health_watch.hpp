// Checks every backend of the configuration that wants it, each service's backends by its own rule,
// in the time that its packets are carried (check_way.hpp).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "daemon/check_way.hpp"
#include "health/tcp_checker.hpp"
#include "model/plan.hpp"

namespace sluice::daemon {

class HealthWatch {
 public:
  // `state.last` is the reason. Called from run().
  using OnChange = std::function<void(const model::BackendId&, const health::State& state)>;
  // A check of this backend got no answer. Called from run().
  using OnSilence = std::function<void(const model::BackendId&)>;
  // What was last known, for checks that begin and those that begin anew.
  using BelievedUp = std::function<bool(const model::BackendId&)>;

  // Checks leave by `device`, from the address of the port towards the backend. `way` must outlive
  // this.
  static base::Result<std::unique_ptr<HealthWatch>> create(std::string device, const CheckWay& way,
                                                           OnChange on_change, OnSilence on_silence,
                                                           BelievedUp believed_up);

  // From now on this configuration's checks; those that go on keep what they know.
  void configure(const model::Config& config, health::TimePoint now);

  // Bit p: port p has no link. Backends behind it are not checked until it has one again.
  void set_links_down(std::uint32_t ports);
  // All of them, from what was last known: what they have seen since is void.
  void begin_anew();

  // By the host's clock.
  int fd() const { return checker_->fd(); }
  std::optional<health::TimePoint> deadline() const;
  void run(health::TimePoint now);

  // By the clock of checks, as of the last run.
  health::TimePoint time() const { return view_.moment.now; }
  // Why no check goes on; empty if they do.
  const std::string& trouble() const { return view_.trouble; }

  // Nothing if the backend is not checked.
  std::optional<health::State> state(const model::BackendId& backend) const;
  std::size_t size() const { return checker_->size(); }

 private:
  HealthWatch(std::string device, const CheckWay& way, OnChange on_change, OnSilence on_silence,
              BelievedUp believed_up)
      : device_(std::move(device)),
        way_(way),
        on_change_(std::move(on_change)),
        on_silence_(std::move(on_silence)),
        believed_up_(std::move(believed_up)) {}
  // Of the checks that run now behind ports that lost frames only answers count.
  void doubt(const CheckWay::Losses& losses);
  bool can_pass(unsigned port) const { return (links_down_ >> port & 1) == 0; }

  std::string device_;
  const CheckWay& way_;
  OnChange on_change_;
  OnSilence on_silence_;
  BelievedUp believed_up_;
  CheckWay::View view_;           // as of the last run
  health::TimePoint look_again_;  // by the host's clock
  std::optional<health::TcpChecker> checker_;
  struct Watched {
    health::TcpChecker::Id id = 0;
    unsigned port = 0;  // of the card, towards the backend
  };
  std::map<model::BackendId, Watched> watched_;
  std::map<health::TcpChecker::Id, model::BackendId> backends_;
  health::TcpChecker::Id next_id_ = 1;
  std::uint32_t links_down_ = 0;
};

}  // namespace sluice::daemon
