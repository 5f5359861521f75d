// Counters against an oracle: every table of a snapshot belongs to the same clock cycle.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "bench.hpp"

namespace sluice::test {
namespace {

using namespace layout;

struct Flow {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

// All events of one cycle.
struct Events {
  bool flow = false;
  std::uint32_t direction = 0;  // 0 none, 1 in, 2 out
  std::uint32_t service = 0;
  std::uint32_t backend = 0;
  std::uint32_t flow_bytes = 0;
  std::array<std::uint8_t, 3> reasons = {};  // 0: none
  std::array<std::uint32_t, 2> rx_bytes = {};
  std::array<std::uint32_t, 2> tx_bytes = {};
  std::array<bool, 2> rx = {};
  std::array<bool, 2> tx = {};
};

struct Totals {
  std::map<std::uint32_t, std::array<Flow, 2>> services;
  std::map<std::uint32_t, std::array<Flow, 2>> backends;
  std::array<Flow, 2> rx;
  std::array<Flow, 2> tx;
  std::array<std::uint64_t, 64> reasons = {};

  void add(const Events& events) {
    if (events.flow && events.direction != 0) {
      for (Flow* flow : {&services[events.service][events.direction - 1],
                         &backends[events.backend][events.direction - 1]}) {
        ++flow->packets;
        flow->bytes += events.flow_bytes;
      }
    }
    for (const std::uint8_t reason : events.reasons) {
      if (reason != 0) ++reasons[reason];
    }
    for (std::size_t port = 0; port < 2; ++port) {
      rx[port].packets += events.rx[port];
      rx[port].bytes += events.rx[port] ? events.rx_bytes[port] : 0;
      tx[port].packets += events.tx[port];
      tx[port].bytes += events.tx[port] ? events.tx_bytes[port] : 0;
    }
  }
};

// Random events; port 0 receives a frame in every cycle, so its count tells when a snapshot was.
class EventSource {
 public:
  EventSource(Bench& bench, double flow_rate, std::uint32_t services, std::uint32_t backends)
      : bench_(bench), flow_rate_(flow_rate), services_(services), backends_(backends) {
    bench_.drive = [this] { drive(); };
  }
  ~EventSource() {
    bench_.drive = nullptr;
    put({});
  }

  // Other entries from now on: the old ones are left to the sweep.
  void move_to(std::uint32_t base) { base_ = base; }

  const Totals& totals_at(std::uint64_t cycle) {
    while (replayed_ < cycle) replay_.add(log_.at(replayed_++));
    return replay_;
  }

 private:
  void drive() {
    Events events;
    events.flow = bench_.chance(flow_rate_);
    events.direction = bench_.below(20) == 0 ? 0 : 1 + bench_.below(2);
    events.service = (base_ + bench_.below(services_)) % kServices;
    events.backend = (base_ + bench_.below(backends_)) % kBackends;
    events.flow_bytes = bench_.chance(0.2) ? 65'535 : bench_.below(10'000);
    for (std::uint8_t& reason : events.reasons) {
      if (bench_.chance(0.3)) reason = random_reason();
    }
    for (std::size_t port = 0; port < 2; ++port) {
      events.rx[port] = port == 0 || bench_.chance(0.5);
      events.tx[port] = bench_.chance(0.5);
      events.rx_bytes[port] = bench_.below(65'536);
      events.tx_bytes[port] = bench_.below(65'536);
    }
    put(events);
    log_.push_back(events);
  }

  std::uint8_t random_reason() {
    std::uint32_t count = 0;
    const ReasonInfo* list = reasons(&count);
    return list[bench_.below(count)].code;
  }

  // The packed structs of rtl/sluice_pkg.sv.
  void put(const Events& events) {
    Vcontrol_plane& pins = bench_.pins();
    pins.flow_event_i = std::uint64_t{events.flow} << 40 | std::uint64_t{events.direction} << 38 |
                        std::uint64_t{events.service} << 28 | std::uint64_t{events.backend} << 16 |
                        events.flow_bytes;
    pins.reason_event_i = 0;
    for (std::size_t i = 0; i < events.reasons.size(); ++i) {
      const std::uint32_t valid = events.reasons[i] != 0 ? 1u << 6 : 0u;
      pins.reason_event_i |= (valid | events.reasons[i]) << 7 * i;
    }
    std::array<std::uint32_t, 3> words = {};
    for (std::uint32_t port = 0; port < 2; ++port) {
      const std::uint64_t bits = std::uint64_t{events.rx[port]} << 33 |
                                 std::uint64_t{events.rx_bytes[port]} << 17 |
                                 std::uint64_t{events.tx[port]} << 16 | events.tx_bytes[port];
      for (std::uint32_t bit = 0; bit < 34; ++bit) {
        const std::uint32_t place = port * 34 + bit;
        words[place / 32] |= static_cast<std::uint32_t>(bits >> bit & 1) << place % 32;
      }
    }
    for (std::size_t i = 0; i < words.size(); ++i) pins.port_event_i[i] = words[i];
  }

  Bench& bench_;
  double flow_rate_;
  std::uint32_t services_;
  std::uint32_t backends_;
  std::uint32_t base_ = 0;
  std::vector<Events> log_;
  std::uint64_t replayed_ = 0;
  Totals replay_;
};

std::uint64_t pair(const Words& words, std::size_t index) {
  return std::uint64_t{words[2 * index + 1]} << 32 | words[2 * index];
}

void expect_flow(Bench& bench, std::uint8_t table, std::uint32_t entry,
                 const std::array<Flow, 2>& expected) {
  const Words words = bench.read_entry(table, entry);
  ASSERT_EQ(pair(words, 0), expected[0].packets) << table_info(table).name << entry;
  ASSERT_EQ(pair(words, 1), expected[0].bytes) << table_info(table).name << entry;
  ASSERT_EQ(pair(words, 2), expected[1].packets) << table_info(table).name << entry;
  ASSERT_EQ(pair(words, 3), expected[1].bytes) << table_info(table).name << entry;
}

// The cycle of the snapshot, then everything else as of that cycle.
void expect_snapshot(Bench& bench, EventSource& source) {
  const std::uint64_t cycle = pair(bench.read_entry(kTable_port_counters, 0), 0);
  const Totals& totals = source.totals_at(cycle);
  for (std::uint32_t port = 0; port < 2; ++port) {
    const Words words = bench.read_entry(kTable_port_counters, port);
    ASSERT_EQ(pair(words, 0), totals.rx[port].packets);
    ASSERT_EQ(pair(words, 1), totals.rx[port].bytes);
    ASSERT_EQ(pair(words, 2), totals.tx[port].packets);
    ASSERT_EQ(pair(words, 3), totals.tx[port].bytes);
    for (std::size_t i = 4; i < 8; ++i) ASSERT_EQ(pair(words, i), 0u);
  }
  for (std::uint32_t code = 0; code < kReasons; ++code) {
    ASSERT_EQ(pair(bench.read_entry(kTable_reason_counters, code), 0), totals.reasons[code])
        << code;
  }
  for (const auto& [entry, flows] : totals.services) {
    expect_flow(bench, kTable_service_counters, entry, flows);
  }
  for (const auto& [entry, flows] : totals.backends) {
    expect_flow(bench, kTable_backend_counters, entry, flows);
  }
}

void run_against_oracle(double flow_rate, std::uint32_t services, std::uint32_t backends,
                        int snapshots) {
  Bench bench;
  EventSource source(bench, flow_rate, services, backends);
  for (int i = 0; i < snapshots; ++i) {
    bench.step(static_cast<int>(bench.below(3000)));
    source.move_to(bench.below(kBackends));
    bench.snapshot();
    expect_snapshot(bench, source);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(Counters, AgreeWithTheOracleOnOneHotEntry) { run_against_oracle(0.93, 1, 1, 4); }
TEST(Counters, AgreeWithTheOracleOnAFewEntries) { run_against_oracle(0.9, 3, 6, 4); }
TEST(Counters, AgreeWithTheOracleWhenMostlyIdle) { run_against_oracle(0.05, 2, 4, 5); }
TEST(Counters, AgreeWithTheOracleOnManyEntries) { run_against_oracle(0.7, 300, 600, 3); }

TEST(Counters, AreZeroBeforeTheFirstSnapshot) {
  Bench bench;
  EventSource source(bench, 0.9, 2, 2);
  bench.step(1000);
  EXPECT_EQ(bench.read_entry(kTable_service_counters, 0), Words(8, 0));
  EXPECT_EQ(bench.read_entry(kTable_backend_counters, 1), Words(8, 0));
  EXPECT_EQ(bench.read_entry(kTable_port_counters, 0), Words(16, 0));
  EXPECT_EQ(bench.read_entry(kTable_reason_counters, 3), Words(2, 0));
}

TEST(Counters, DoNotMoveBetweenSnapshots) {
  Bench bench;
  EventSource source(bench, 0.5, 4, 4);
  bench.step(500);
  bench.snapshot();
  const Words service = bench.read_entry(kTable_service_counters, 1);
  const Words port = bench.read_entry(kTable_port_counters, 1);
  bench.step(5000);
  EXPECT_EQ(bench.read_entry(kTable_service_counters, 1), service);
  EXPECT_EQ(bench.read_entry(kTable_port_counters, 1), port);
}

TEST(Counters, CarryThroughEveryPartOfTheBytes) {
  Bench bench;
  // 65,535 bytes a cycle: more than 34 bits after 270,000 cycles.
  bench.pins().flow_event_i = 1ull << 40 | 1ull << 38 | 5ull << 28 | 9ull << 16 | 65'535;
  bench.step(270'000);
  bench.pins().flow_event_i = 0;
  bench.step(20);
  bench.snapshot();
  const std::array<Flow, 2> expected = {Flow{270'000, 270'000ull * 65'535}, Flow{}};
  expect_flow(bench, kTable_service_counters, 5, expected);
  expect_flow(bench, kTable_backend_counters, 9, expected);
}

TEST(Counters, FinishASnapshotUnderTheHeaviestTrafficOfBothPorts) {
  Bench bench;
  EventSource source(bench, 0.93 / 0.95, 1024, 4096);  // one event of 20 moves no counter
  ASSERT_TRUE(bench.write(kReg_control, kControlSnapshot));
  const std::uint64_t start = bench.cycle();
  while (bench.read(kReg_status) & kStatusSnapshotBusy) {
    ASSERT_LT(bench.cycle() - start, 140'000u) << "8192 / 0.07 = 117,000 cycles";
  }
  EXPECT_GT(bench.cycle() - start, 90'000u);
}

TEST(Counters, FinishASnapshotSoonWhenIdle) {
  Bench bench;
  const std::uint64_t start = bench.cycle();
  bench.snapshot();
  EXPECT_LE(bench.cycle() - start, 2 * kBackends + 60);
}

TEST(Counters, RefuseASnapshotAndReadsWhileOneIsTaken) {
  Bench bench;
  ASSERT_TRUE(bench.write(kReg_control, kControlSnapshot));
  ASSERT_NE(bench.read(kReg_status) & kStatusSnapshotBusy, 0u);
  EXPECT_FALSE(bench.write(kReg_control, kControlSnapshot));
  EXPECT_FALSE(bench.write(kReg_control, kControlSnapshot | kControlCommit));
  EXPECT_EQ(bench.read(kReg_commits), 0u) << "refused as a whole";
  for (const std::uint8_t table : {kTable_service_counters, kTable_backend_counters,
                                   kTable_port_counters, kTable_reason_counters}) {
    bench.page(table, 0);
    EXPECT_FALSE(bench.try_read(kWindow_table).has_value());
  }
  EXPECT_TRUE(bench.write(kReg_control, kControlCommit));
  bench.step(9000);
  EXPECT_TRUE(bench.try_read(kWindow_table).has_value());
}

TEST(Counters, OfServicesAndBackendsSurviveAResetInTheMiddleOfASnapshot) {
  Bench bench;
  bench.pins().flow_event_i = 1ull << 40 | 2ull << 38 | 5ull << 28 | 4000ull << 16 | 100;
  bench.step(1000);
  bench.pins().flow_event_i = 0;
  ASSERT_TRUE(bench.write(kReg_control, kControlSnapshot));
  bench.step(1000);
  bench.pins().rst_i = 1;
  bench.step(3);
  bench.pins().rst_i = 0;
  bench.step(9000);
  bench.snapshot();
  const std::array<Flow, 2> expected = {Flow{}, Flow{1000, 100'000}};
  expect_flow(bench, kTable_service_counters, 5, expected);
  expect_flow(bench, kTable_backend_counters, 4000, expected);
}

}  // namespace
}  // namespace sluice::test
