// What a card must do with frames, told by the native packet path: every frame that leaves, in
// order, byte for byte, and every counter.
//
// Frames of one ingress that leave by one egress keep their order; frames of the two ingresses mix.
// Under overload a card may lose frames where it says so: then a frame that does not come is looked
// for among the ones behind it, and the sum of what is missing must be what the card counted
// (`egress_full`, and `ingress_full` if allow_ingress_loss() was called).
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "layout/reasons.hpp"
#include "layout/tables.hpp"
#include "packet_gen/run_path.hpp"
#include "packet_gen/tables.hpp"
#include "sim/conservation.hpp"
#include "sim/sim_card.hpp"

namespace sluice::card_test {

class Oracle {
 public:
  // `bank` of `tables` is what the card's live bank holds.
  Oracle(sim::SimCard& card, const packet_gen::Tables& tables, std::uint8_t bank);

  // Both ports together bring more than a frame a cycle.
  void allow_ingress_loss() { ingress_loss_ = true; }

  // Gives a frame to the card and remembers what must become of it.
  void push(std::uint32_t port, sim::Frame frame);
  // Takes all frames that have left and compares them.
  void collect();

  // After the last frame: drains, compares what is missing and all counters, and the conservation
  // of packets. The card's counters were zero before the first push. Empty if all is well.
  std::string finish();

  // The first difference; empty if there is none.
  const std::string& error() const { return error_; }
  std::uint64_t pushed() const { return pushed_; }
  std::uint64_t forwarded() const { return matched_; }
  std::uint64_t lost() const { return lost_; }
  std::uint64_t expected_drops(layout::Reason reason) const { return reasons_[reason]; }

 private:
  struct Expected {
    std::uint64_t number;
    packet_gen::Bytes bytes;
    std::uint16_t received_bytes;
    std::uint16_t service;
    std::uint16_t backend;
    std::uint8_t direction;
  };
  using Queue = std::deque<Expected>;

  void expect(std::uint32_t port, const sim::Frame& frame);
  bool match_front(std::uint32_t egress, const sim::Frame& frame);
  bool match_behind_lost(std::uint32_t egress, const sim::Frame& frame);
  void accept(std::uint32_t egress, Queue& queue);
  void fail(const std::string& what);
  void compare_counters(const sim::CardCounters& counters);
  void compare_reasons(const sim::CardCounters& counters);
  // Entries that moved, and a sample of the others.
  void compare_flows(std::uint32_t table, const std::vector<layout::FlowCounters>& expected);
  void equal(const std::string& what, std::uint64_t card, std::uint64_t expected);

  sim::SimCard& card_;
  const packet_gen::Tables& tables_;
  std::uint8_t bank_;
  Queue queues_[layout::kPorts][layout::kPorts];  // [egress][ingress]
  std::array<std::uint64_t, layout::kReasons> reasons_{};
  std::array<layout::PortCounters, layout::kPorts> ports_{};
  std::vector<layout::FlowCounters> services_;
  std::vector<layout::FlowCounters> backends_;
  std::uint64_t punts_ = 0;
  std::uint64_t pushed_ = 0;
  std::uint64_t matched_ = 0;
  std::uint64_t lost_ = 0;
  bool ingress_loss_ = false;
  std::string error_;
};

}  // namespace sluice::card_test
