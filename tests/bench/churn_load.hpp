// A service under full load whose backends come, go, drain and change weight: clients on port 0,
// backends on port 1, and a judge who knows where every connection belongs.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "driver/device.hpp"
#include "model/config.hpp"
#include "model/plan.hpp"
#include "packet_gen/frame.hpp"
#include "sim/sim_card.hpp"

namespace sluice::bench {

// The driver's way to a card in the same program. An access takes the cycles it takes; whoever asks
// the same again is waiting, and as nobody else lets time pass, that lets more and more of it pass.
class CardBoard : public driver::Board {
 public:
  explicit CardBoard(sim::SimCard& card) : card_(card) {}
  base::Result<std::uint32_t> read(std::uint32_t offset) override;
  base::Result<void> write(std::uint32_t offset, std::uint32_t value) override {
    pause_cycles_ = 0;
    return card_.write(offset, value);
  }
  base::Result<void> read_block(std::uint32_t offset, std::span<std::uint32_t> words) override;
  base::Result<void> write_block(std::uint32_t offset,
                                 std::span<const std::uint32_t> words) override;
  std::string name() const override { return "card"; }

 private:
  sim::SimCard& card_;
  std::uint32_t last_read_ = 0;
  std::uint64_t pause_cycles_ = 0;
};

struct ChurnCounts {
  std::uint64_t connections = 0;
  std::uint64_t packets = 0;  // that left the card, both ways
  std::uint64_t moved = 0;    // went to another backend than their connection's first
  std::uint64_t resets = 0;   // clients were told to give up
  std::uint64_t strange = 0;  // belong to no connection, or come from the wrong address
  // Of connections of the backend that is down:
  std::uint64_t ended = 0;    // resets, where that is the policy
  std::uint64_t rehomed = 0;  // connections that went to another one, where that is
  std::uint64_t to_dead = 0;  // packets that went to it all the same
};

// Clients that open, use and close connections as fast as the wires take frames of 60 bytes, and
// backends that answer every frame.
class ChurnTraffic {
 public:
  ChurnTraffic(sim::SimCard& card, base::Mac card_mac, std::uint64_t seed);

  // Connections of a new service; those there were are forgotten.
  void begin(const model::ServiceConfig& service);
  // Called before every cycle of the card.
  void step();
  // From now on this backend answers nothing, and its connections may meet with the policy.
  void lose(base::Ipv4 backend, model::OnBackendDown policy);
  // FINs that reached no backend, with all else at rest: of its connections, and of others.
  std::size_t lost_fins() const { return lost_fins(true); }
  std::size_t lost_fins_of_others() const { return lost_fins(false); }
  // Nothing new; what is in the card may leave.
  void stop() { running_ = false; }
  const ChurnCounts& counts() const { return counts_; }

 private:
  struct Connection {
    std::uint32_t client = 0;
    std::uint16_t port = 0;
    std::uint32_t sent = 0;
    std::uint32_t length = 0;   // packets until it closes
    std::uint32_t backend = 0;  // address; 0: not seen yet
  };

  bool lost(std::uint32_t backend) const { return lost_ && backend == lost_->value; }
  std::size_t lost_fins(bool of_lost) const;
  void send_one();
  void open(std::size_t place);
  void take_from_clients();  // what left by port 1
  void take_from_backends();
  void answer(std::uint32_t backend, std::uint32_t client, std::uint16_t port, std::uint8_t flags);

  sim::SimCard& card_;
  const base::Mac card_mac_;
  std::mt19937_64 random_;
  std::uint32_t vip_ = 0;
  std::uint16_t vip_port_ = 0;
  bool running_ = false;
  std::optional<base::Ipv4> lost_;
  model::OnBackendDown policy_ = model::OnBackendDown::reset;
  std::unordered_set<std::uint64_t> told_;       // by a RST: client and port
  std::unordered_set<std::uint64_t> finishing_;  // whose FIN no backend has seen yet
  std::uint32_t opened_ = 0;
  std::vector<Connection> connections_;
  std::unordered_map<std::uint64_t, std::uint32_t> backends_;  // by client and port
  ChurnCounts counts_;
};

// The configuration with which churn begins: one DNAT service with some of `kPoolBackends`.
inline constexpr unsigned kPoolBackends = 24;
model::Config churn_config(model::Scheduler scheduler);
// One change at random: a backend is added, removed, drained, brought back or reweighted.
void change_backends(model::Config& config, std::mt19937_64& random);

// Plans and applies, with the counts of what is leaving read from the card.
class ChurnControl {
 public:
  using States = std::map<model::BackendId, model::BackendState>;

  explicit ChurnControl(driver::Device& device) : device_(device) {}
  base::Result<void> apply(const model::Config& config, const States& states = {});
  // Of the last plan.
  const std::vector<model::ServiceView>& services() const { return services_; }

 private:
  driver::Device& device_;
  model::Assignment assignment_;
  std::vector<model::ServiceView> services_;
  std::vector<std::uint16_t> leaving_services_;
  std::vector<std::uint16_t> leaving_backends_;
};

}  // namespace sluice::bench
