// No room in the table, on the whole card: keys of few buckets, as who knows the secret would make
// them. What is not stored meets with its service's policy and is counted, every one.
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <set>

#include "aimed_keys.hpp"
#include "card_world.hpp"
#include "daemon/connections.hpp"
#include "layout/reasons.hpp"
#include "packet_gen/frame.hpp"
#include "sim/conservation.hpp"

namespace sluice::card_connections {
namespace {

using Counter = driver::ConnectionCounter;

constexpr std::uint32_t kAimedBits = 7;  // of buckets: 2,048 slots, and the stash
constexpr std::uint32_t kSlots = 16U << kAimedBits;
constexpr std::size_t kKeysOfService = 1'800;
constexpr unsigned kBackendsOfService = 6;
constexpr std::uint8_t kSyn = 2, kAck = 16;

// Falls back to the ring, and drops.
enum Place : std::size_t { kHash, kDrop };

model::Config two_policies() {
  model::Config config = empty_config(2 * kBackendsOfService);
  config.drop_martians = false;  // whose addresses the aimed keys are cannot be chosen
  config.services.push_back(service_of(1, model::Scheduler::round_robin, 1, kBackendsOfService));
  config.services.push_back(service_of(2, model::Scheduler::least_connections,
                                       1 + kBackendsOfService, kBackendsOfService));
  config.services[kDrop].when_table_full = model::WhenTableFull::drop;
  return config;
}

// Backend of each packet that left, by key; 0xffff: it did not leave.
using Went = std::map<std::uint64_t, std::uint16_t>;
constexpr std::uint16_t kNowhere = 0xffff;

class FullTable : public testing::Test {
 protected:
  FullTable() : config_(two_policies()) {
    world_.apply(config_);
    for (const std::size_t place : {kHash, kDrop}) {
      const std::uint16_t index = world_.view(place).index;
      const auto keys = conn::aimed_keys(layout::kConnectionBucketBits, kAimedBits, kKeysOfService,
                                         CardWorld::round_keys(), index);
      keys_[place].insert(keys.begin(), keys.end());
    }
  }

  // A packet of every connection, of both services by turns, at the rate of a full wire.
  Went send_all(std::uint8_t flags) {
    Went went;
    auto drops = keys_[kDrop].begin();
    for (const std::uint64_t key : keys_[kHash]) {
      push(key, kHash, flags);
      if (drops != keys_[kDrop].end()) push(*drops++, kDrop, flags);
    }
    for (; drops != keys_[kDrop].end(); ++drops) push(*drops, kDrop, flags);
    for (const auto& keys : keys_) {
      for (const std::uint64_t key : keys) went[key] = kNowhere;
    }
    EXPECT_TRUE(world_.card().drain(1'000'000));
    sim::Frame frame;
    while (world_.card().tx(1).pop(&frame)) take(frame, went);
    EXPECT_FALSE(world_.card().tx(0).pop(&frame)) << "something went to a client";
    return went;
  }

  void push(std::uint64_t key, std::size_t place, std::uint8_t flags) {
    packet_gen::FrameSpec spec;
    spec.destination_mac = kCardMac;
    spec.source_mac = kClientMac;
    spec.source = static_cast<std::uint32_t>(key >> 28);
    spec.source_port = static_cast<std::uint16_t>(key >> 12);
    spec.destination = config_.services[place].vip.value;
    spec.destination_port = 80;
    spec.tcp_flags = flags;
    sim::Frame frame;
    packet_gen::build_frame(spec, frame.bytes);
    world_.card().rx(0).push(std::move(frame));
  }

  void take(const sim::Frame& frame, Went& went) {
    const auto address = kBackends + static_cast<std::uint32_t>(
                                         packet_gen::load48(frame.bytes.data()) - kBackendMac);
    for (const std::size_t place : {kHash, kDrop}) {
      for (const auto& backend : world_.view(place).backends) {
        if (backend.id.address.value != address) continue;
        const std::uint64_t key = std::uint64_t{packet_gen::load32(&frame.bytes[26])} << 28 |
                                  std::uint64_t{packet_gen::load16(&frame.bytes[34])} << 12 |
                                  world_.view(place).index;
        ASSERT_TRUE(went.contains(key));
        ASSERT_EQ(went[key], kNowhere) << "left twice";
        went[key] = backend.index;
        return;
      }
    }
    FAIL() << "left for " << address;
  }

  // Removes every connection; true: it was in the table. A full table's stash never rests, so a
  // reading could meet an entry twice, or not at all.
  std::map<std::uint64_t, bool> take_out_all() {
    sim::SimCard& card = world_.card();
    std::map<std::uint64_t, bool> held;
    for (const auto& keys : keys_) {
      for (const std::uint64_t key : keys) {
        must(card.write(layout::kReg_conn_client, static_cast<std::uint32_t>(key >> 28)));
        must(card.write(layout::kReg_conn_place,
                        static_cast<std::uint32_t>(key >> 12 & 0xffff) << 16 | (key & 0xfff)));
        must(card.write(layout::kReg_conn_do, layout::kConnDoRemove));
        std::uint32_t status = 0;
        do status = must(card.read(layout::kReg_conn_status));
        while ((status & layout::kConnStatusOperation) != 0);
        held[key] = (status & layout::kConnStatusHit) != 0;
      }
    }
    return held;
  }

  std::uint16_t ring_backend(std::uint64_t key) const {
    layout::FlowKey flow{};
    flow.source = static_cast<std::uint32_t>(key >> 28);
    flow.source_port = static_cast<std::uint16_t>(key >> 12);
    flow.destination = config_.services[kHash].vip.value;
    flow.destination_port = 80;
    flow.protocol = 6;
    return world_.ring_backend(kHash, flow);
  }

  std::uint32_t counted(Counter counter) {
    return must(world_.connections().statistics()).counters[static_cast<std::size_t>(counter)];
  }

  // The daemon's report, as `sluice conn stats` shows it.
  daemon::ConnectionReport report() {
    daemon::ConnectionTable table;
    table.set_names({world_.view(kHash), world_.view(kDrop)});
    table.attach(world_.device(), daemon::Clock::now());
    must(table.run(daemon::Clock::now()));
    auto reporting = must(table.begin_report());
    while (!reporting.done()) must(table.step(reporting, std::chrono::milliseconds(10)));
    return reporting.report;
  }

  static void expect_shown(const daemon::ConnectionReport& shown, std::uint64_t entries,
                           std::uint64_t untracked,
                           const std::map<std::uint16_t, std::uint32_t>& active) {
    EXPECT_EQ(shown.now.entries, entries);
    EXPECT_EQ(shown.now.stash_most, layout::kConnectionStash);
    EXPECT_EQ(shown.totals[static_cast<std::size_t>(Counter::untracked)], untracked);
    std::uint64_t of_services = 0;
    for (const auto& [service, connections] : shown.active_of_service) of_services += connections;
    EXPECT_EQ(of_services, entries);
    for (const auto& [backend, connections] : shown.active_of_backend) {
      EXPECT_EQ(connections, active.contains(backend) ? active.at(backend) : 0) << backend;
    }
  }

  CardWorld world_;
  const model::Config config_;
  std::set<std::uint64_t> keys_[2];
};

TEST_F(FullTable, what_is_not_stored_follows_its_services_policy_and_is_counted) {
  const std::uint64_t offered = keys_[kHash].size() + keys_[kDrop].size();
  const std::uint64_t room = kSlots + layout::kConnectionStash;
  ASSERT_GT(offered, room + 500);
  const Went opened = send_all(kSyn);
  EXPECT_EQ(counted(Counter::untracked), offered - room);
  const Went data = send_all(kAck);
  EXPECT_EQ(counted(Counter::untracked), 2 * (offered - room)) << "each asks again";
  EXPECT_EQ(counted(Counter::inserted), room);
  const daemon::ConnectionReport shown = report();
  const auto held = take_out_all();

  std::map<std::uint16_t, std::uint32_t> active;
  std::uint64_t stored = 0, dropped = 0;
  for (const std::size_t place : {kHash, kDrop}) {
    for (const std::uint64_t key : keys_[place]) {
      EXPECT_EQ(data.at(key), opened.at(key)) << "every packet goes where the first one went";
      if (held.at(key)) {
        ++stored;
        ++active[opened.at(key)];
      } else if (place == kHash) {
        EXPECT_EQ(opened.at(key), ring_backend(key));
      } else {
        EXPECT_EQ(opened.at(key), kNowhere);
        ++dropped;
      }
    }
  }
  EXPECT_EQ(stored, room);
  EXPECT_GT(dropped, 100u);
  const auto counters = must(sim::read_counters(world_.card()));
  EXPECT_EQ(counters.reasons[layout::kReason_untracked].packets, 2 * dropped);
  EXPECT_TRUE(counters.conserved()) << counters.equation();
  // Both schedulers have spread what was stored, and nothing else, evenly.
  for (const std::size_t place : {kHash, kDrop}) {
    std::set<std::uint32_t> loads;
    for (const auto& backend : world_.view(place).backends) loads.insert(active[backend.index]);
    EXPECT_LE(*loads.rbegin() - *loads.begin(), place == kHash ? 1u : 21u);
  }
  expect_shown(shown, room, 2 * (offered - room), active);
  expect_shown(report(), 0, 2 * (offered - room), {});
}

}  // namespace
}  // namespace sluice::card_connections
