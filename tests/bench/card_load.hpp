// Load for benchmarks of the whole card: frames that are all forwarded, of one rewrite mode and one
// length, from one port to the other.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "card/table_loader.hpp"
#include "packet_gen/packet_generator.hpp"
#include "sim/sim_card.hpp"

namespace sluice::bench {

enum class Mode { dnat, dnat_return, dsr, ipip };
const char* name_of(Mode mode);

class CardLoad {
 public:
  // A fresh card with generated services of every mode.
  explicit CardLoad(std::uint64_t seed);

  sim::SimCard& card() { return card_; }
  std::uint32_t build_id();

  // `count` different frames of `frame_bytes` that enter at `ingress` and leave by the other port.
  // Their slots on the wire are as long as the longer of what comes in and what leaves.
  std::vector<sim::Frame> make_frames(Mode mode, std::uint32_t frame_bytes, std::uint32_t ingress,
                                      std::size_t count);

 private:
  bool fits(Mode mode, std::uint32_t ingress, sim::Frame& frame) const;

  std::uint64_t seed_;
  sim::SimCard card_;
  std::unique_ptr<packet_gen::TableSet> tables_;
};

}  // namespace sluice::bench
