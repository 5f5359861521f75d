// Tables are rewritten and committed again and again while packets flow: every packet sees all of
// the old tables or all of the new ones, and none sees old tables after another saw new ones.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <unordered_map>
#include <vector>

#include "card/table_loader.hpp"
#include "layout/reasons.hpp"
#include "packet_gen/packet_generator.hpp"
#include "packet_gen/run_path.hpp"
#include "replay.hpp"
#include "sim/conservation.hpp"
#include "sim/sim_card.hpp"

namespace sluice::cosim {
namespace {

constexpr std::uint32_t kCommits = 16;
constexpr std::size_t kQueuedFrames = 4;
constexpr int kNotSeen = -1;

// Traffic into both ports. Each packet is made for one of the two sets of tables and, as a rule,
// forwarded under that set only: by what leaves, and by what does not, each packet tells which set
// it saw.
class Traffic {
 public:
  Traffic(sim::SimCard& card, const packet_gen::TableSet& tables, std::uint64_t seed)
      : card_(card), tables_(tables) {
    packet_gen::GeneratorOptions options;
    options.only_forwarded = true;
    options.max_frame_bytes = 400;
    for (std::uint32_t maker = 0; maker < 2 * layout::kPorts; ++maker) {
      options.fixed_epoch = static_cast<int>(maker % 2);
      options.fixed_port = static_cast<int>(maker / 2);
      generators_.emplace_back(seed + maker, tables, options);
    }
  }

  void top_up() {
    for (std::uint32_t port = 0; port < layout::kPorts; ++port) {
      while (card_.rx(port).queued_frames() < kQueuedFrames) push_one(port);
    }
  }

  // Takes what has left. Text of what is wrong, or empty.
  std::string collect() {
    for (std::uint32_t egress = 0; egress < layout::kPorts; ++egress) {
      sim::Frame frame;
      while (card_.tx(egress).pop(&frame)) {
        const auto found = outcomes_.find(key_of(egress, frame.bytes));
        if (found == outcomes_.end()) {
          return "port " + std::to_string(egress) +
                 " sent a frame that neither set of tables makes of any packet";
        }
        Packet& packet = packets_[found->second.packet];
        packet.seen = found->second.set;
        std::size_t& last = last_left_[egress][packet.port];
        if (found->second.packet < last) return "packets overtook each other";
        last = found->second.packet;
        outcomes_.erase(found);
        ++forwarded_;
      }
    }
    return {};
  }

  // Once all packets have left: how often the tables changed, as the packets of a port saw them.
  std::string count_changes(std::uint32_t port, unsigned first_set, std::uint32_t* changes) const {
    int current = static_cast<int>(first_set);
    *changes = 0;
    for (const Packet& packet : packets_) {
      if (packet.port != port) continue;
      int set = packet.seen;
      if (set == kNotSeen) {
        if (packet.forwarded[0] == packet.forwarded[1]) {
          if (packet.forwarded[0]) return "a packet vanished that both sets forward";
          continue;  // tells nothing
        }
        set = packet.forwarded[0] ? 1 : 0;
      }
      if (set != current) ++*changes;
      current = set;
    }
    return {};
  }

  std::size_t pushed() const { return packets_.size(); }
  std::size_t forwarded() const { return forwarded_; }

 private:
  struct Packet {
    std::uint32_t port = 0;
    std::array<bool, 2> forwarded{};  // by set
    int seen = kNotSeen;              // the set that what left belongs to
  };
  struct Outcome {
    std::size_t packet;
    int set;
  };

  static std::string key_of(std::uint32_t egress, const packet_gen::Bytes& bytes) {
    std::string key(1, static_cast<char>('0' + egress));
    key.append(bytes.begin(), bytes.end());
    return key;
  }

  void push_one(std::uint32_t port) {
    packet_gen::Packet made;
    generators_[packets_.size() / 2 % 2 + 2 * port].next(made);
    Packet packet;
    packet.port = port;
    for (int set = 0; set < 2; ++set) {
      const auto in = packet_gen::packet_in(made.bytes, static_cast<std::uint8_t>(port),
                                            static_cast<std::uint8_t>(set));
      const path::PacketOut out = packet_gen::run_path(tables_.images, in);
      if (out.verdict != path::kVerdictForward) continue;
      packet.forwarded[static_cast<std::size_t>(set)] = true;
      packet_gen::Bytes bytes;
      packet_gen::splice(made.bytes, out, bytes);
      outcomes_[key_of(out.egress_port, bytes)] = {packets_.size(), set};
    }
    packets_.push_back(packet);
    sim::Frame frame;
    frame.bytes = std::move(made.bytes);
    card_.rx(port).push(std::move(frame));
  }

  sim::SimCard& card_;
  const packet_gen::TableSet& tables_;
  std::vector<packet_gen::PacketGenerator> generators_;  // of set 0 and 1, by port
  std::vector<Packet> packets_;
  std::unordered_map<std::string, Outcome> outcomes_;
  std::size_t last_left_[layout::kPorts][layout::kPorts] = {};
  std::size_t forwarded_ = 0;
};

// What stands in the shadow bank before an update: the tables of `live`, and nothing in the ring
// slots of the other set. So every update writes every entry, and each is wrong for a while.
std::unique_ptr<layout::TableImages> scrap_beside(const packet_gen::TableSet& tables,
                                                  unsigned live) {
  auto images = card_test::images_of(tables.images, live);
  const unsigned other = 1 - live;
  for (std::uint32_t i = 0; i < layout::kServices; ++i) {
    const layout::Service& service = tables.images.services[other * layout::kServices + i];
    for (std::uint32_t slot = 0; slot < service.ring_slots; ++slot) {
      images->ring[service.ring_base + slot].slot = 0;
    }
  }
  return images;
}

TEST(UpdateCosim, shows_every_packet_the_old_tables_or_the_new_ones_and_never_a_mixture) {
  const std::uint64_t seed = announced_seed(8001);
  const std::string replay_text = replay(seed, "update_cosim_test");
  packet_gen::TableOptions options;
  options.services = 24;
  options.max_ring_slots = 31;
  options.faults = false;
  const auto tables = packet_gen::make_tables(seed, options);
  const std::unique_ptr<layout::TableImages> sets[2] = {card_test::images_of(tables->images, 0),
                                                        card_test::images_of(tables->images, 1)};
  const std::unique_ptr<layout::TableImages> scrap[2] = {scrap_beside(*tables, 0),
                                                         scrap_beside(*tables, 1)};
  sim::SimCard card;
  card_test::TableLoader loader(card);
  loader.apply(*sets[0]);
  // Slow enough that no queue overflows: a frame that is missing must mean something.
  for (std::uint32_t port = 0; port < layout::kPorts; ++port) {
    card.rx(port).set_pace(sim::RxPace::random_idle, 600, seed + port);
  }
  Traffic traffic(card, *tables, seed + 1);
  std::string error;
  card.set_before_step([&] {
    traffic.top_up();
    if (error.empty() && card.cycle() % 64 == 0) error = traffic.collect();
  });
  card.run(500);
  std::size_t fewest_packets_of_an_update = SIZE_MAX;
  for (std::uint32_t commit = 1; commit <= kCommits; ++commit) {
    const std::size_t before = traffic.pushed();
    loader.write_shadow(*scrap[1 - commit % 2]);
    loader.apply(*sets[commit % 2]);
    fewest_packets_of_an_update = std::min(fewest_packets_of_an_update, traffic.pushed() - before);
    card.run(commit % 3 * 50);  // also commits without a pause
    ASSERT_EQ(error, "") << "commit " << commit << replay_text;
  }
  card.run(500);
  card.set_before_step(nullptr);
  ASSERT_TRUE(card.drain(100'000)) << replay_text;
  ASSERT_EQ(traffic.collect(), "") << replay_text;
  ASSERT_EQ(card.error(), "") << replay_text;

  for (std::uint32_t port = 0; port < layout::kPorts; ++port) {
    std::uint32_t changes = 0;
    ASSERT_EQ(traffic.count_changes(port, 0, &changes), "") << replay_text;
    EXPECT_EQ(changes, kCommits) << "port " << port << replay_text;
  }
  const auto counters = sim::read_counters(card);
  ASSERT_TRUE(counters);
  EXPECT_TRUE(counters->conserved()) << counters->equation();
  EXPECT_EQ(counters->reasons[layout::kReason_ingress_full].packets, 0u);
  EXPECT_EQ(counters->reasons[layout::kReason_egress_full].packets, 0u);
  EXPECT_GT(fewest_packets_of_an_update, 100u) << "updates met too little traffic";
  EXPECT_GT(traffic.forwarded(), traffic.pushed() / 4);
  std::cout << traffic.pushed() << " packets, " << traffic.forwarded() << " forwarded, " << kCommits
            << " commits\n";
}

}  // namespace
}  // namespace sluice::cosim
