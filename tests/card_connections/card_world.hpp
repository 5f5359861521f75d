// A simulated card with services on it, given by model and driver as a daemon gives them.
#pragma once

#include <memory>
#include <span>

#include "churn_load.hpp"
#include "driver/connections.hpp"
#include "driver/device.hpp"
#include "keys.hpp"
#include "layout/hash.hpp"
#include "model/plan.hpp"
#include "sim/sim_card.hpp"

namespace sluice::card_connections {

using States = std::map<model::BackendId, model::BackendState>;

// Aborts with a message: a test cannot go on.
[[noreturn]] void give_up(const base::Error& error);
template <class T>
T must(base::Result<T> result) {
  if (!result) give_up(result.error());
  return std::move(*result);
}
inline void must(const base::Result<void>& result) {
  if (!result) give_up(result.error());
}

// Where everybody is.
inline constexpr std::uint32_t kClients = 0xcb007100;   // 203.0.113.0/24
inline constexpr std::uint32_t kBackends = 0x0a020000;  // 10.2.0.0/24
inline constexpr std::uint64_t kClientMac = 0x020000000c01;
inline constexpr std::uint64_t kBackendMac = 0x020000000b00;
inline constexpr std::uint64_t kCardMac = 0x020000005afe;

// Without services; with the neighbours of `backends` backends.
model::Config empty_config(unsigned backends);
// On VIP 10.9.0.`number`, port 80, DNAT, without checks; backends `first` to `first` + `count` - 1.
model::ServiceConfig service_of(unsigned number, model::Scheduler scheduler, unsigned first,
                                unsigned count);

class CardWorld {
 public:
  CardWorld();

  void apply(const model::Config& config, const States& states = {});
  // By place in the configuration.
  const model::ServiceView& view(std::size_t service) const {
    return control_->services()[service];
  }
  // What the card has for it.
  const layout::Service& record(std::size_t service) const {
    return device_->live().services[view(service).index];
  }
  // The ring's slot at the flow's hash.
  std::uint16_t ring_backend(std::size_t service, const layout::FlowKey& flow) const;
  // As in its record.
  std::uint8_t valid(std::uint16_t backend) const {
    return device_->live().backends[backend].valid;
  }
  bool serving(std::uint16_t backend) const {
    return (valid(backend) & layout::kBackendServes) != 0;
  }

  // Passes so many epochs; returns the epoch it is then, modulo 2^17.
  std::uint32_t pass_epochs(std::uint32_t count);
  std::uint32_t epoch();

  sim::SimCard& card() { return card_; }
  driver::Connections& connections() { return connections_; }
  std::shared_ptr<driver::Device> device() { return device_; }
  static conn::RoundKeys round_keys();

 private:
  sim::SimCard card_;
  std::shared_ptr<driver::Device> device_;
  driver::Connections connections_;
  std::unique_ptr<bench::ChurnControl> control_;
};

}  // namespace sluice::card_connections
