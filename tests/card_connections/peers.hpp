// Clients and backends that do whatever occurs to them, and what the card must remember of it.
#pragma once

#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "card_world.hpp"
#include "packet_gen/connection_map.hpp"
#include "packet_gen/frame.hpp"

namespace sluice::card_connections {

// A connection's client and its service; the same one may begin and end any number of times.
struct Peer {
  std::size_t service = 0;  // place in the configuration
  std::uint32_t client = 0;
  std::uint16_t port = 0;
  std::uint32_t backend = 0;  // address; 0: it has not seen any yet
  bool timed = false;         // the entry has the SYN's time for the backend's reference
  bool inward = false;        // which way it sends in this round
};

class Peers {
 public:
  Peers(CardWorld& world, const model::Config& config, std::uint64_t seed);

  void add(std::size_t service, unsigned count);
  // Each of `count` peers sends up to four packets one way, all wires full; then every packet that
  // left is judged. Returns the first thing that is wrong.
  std::string round(std::size_t count);
  // Waits until what has expired is swept. Then the card's counts must be those of the map, with
  // no tolerance.
  std::string compare_counts();

  packet_gen::ConnectionMap& map() { return map_; }
  std::uint64_t packets() const { return packets_; }
  std::uint64_t inserted() const { return inserted_; }
  std::uint64_t renewed() const { return renewed_; }
  std::uint64_t resets() const { return resets_; }
  std::uint64_t dropped() const { return dropped_; }

 private:
  struct Sent {
    std::size_t peer = 0;
    path::ConnectionRequest request{};
    bool left = false;
    std::uint32_t backend = 0;  // address it went to, or came from
  };

  const model::ServiceConfig& service(const Peer& peer) const {
    return config_.services[peer.service];
  }
  std::uint64_t key(const Peer& peer) const;
  bool tcp(const Peer& peer) const { return service(peer).protocol == model::Protocol::tcp; }
  bool timed(const Peer& peer) const {
    return peer.timed && service(peer).mode == model::Mode::dnat;
  }
  std::vector<std::uint8_t> events_in(const Peer& peer);
  std::vector<std::uint8_t> events_out(const Peer& peer);
  void send(std::size_t peer, std::uint8_t event);
  void collect();
  std::string judge(Sent& sent);
  std::string judge_choice(const Peer& peer, const Sent& sent, std::uint16_t backend) const;
  static void learn(Peer& peer, std::uint8_t event, std::uint8_t state, const path::Known& known);
  layout::FlowKey flow(const Peer& peer) const;
  std::optional<std::uint16_t> index_of(const Peer& peer, std::uint32_t address) const;
  std::uint64_t live_entries() const;

  CardWorld& world_;
  const model::Config& config_;
  std::mt19937_64 random_;
  packet_gen::ConnectionMap map_;
  std::vector<Peer> peers_;
  std::vector<Sent> sent_;  // by IPv4 identification
  std::unordered_map<std::uint64_t, std::size_t> by_client_;
  std::unordered_map<std::size_t, unsigned> told_;  // RSTs of the card, by peer
  std::string strange_;
  std::uint64_t packets_ = 0, inserted_ = 0, renewed_ = 0, resets_ = 0, dropped_ = 0;
};

}  // namespace sluice::card_connections
