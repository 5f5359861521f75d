// The host's side of the connection table, on the fake card.
#include "driver/connections.hpp"

#include <map>
#include <set>

#include "support.hpp"

namespace sluice::driver {
namespace {

using base::Errc;
using std::chrono::milliseconds;
using Started = Connections::Started;

ConnectionOptions quick_options() {
  ConnectionOptions options;
  options.operation_timeout = milliseconds(20);
  options.flush_timeout = milliseconds(20);
  options.flush_cycles = 1;
  return options;
}

Connection connection(std::uint32_t i) {
  Connection entry;
  entry.key = {0xc0000200U + i / 1000, static_cast<std::uint16_t>(1024 + i % 1000),
               static_cast<std::uint16_t>(i % 1024)};
  entry.backend = static_cast<std::uint16_t>(i % 4096);
  entry.state = static_cast<std::uint8_t>(1 + i % 7);
  entry.epochs_left = 1 + i * 97 % kMostEpochsLeft;
  entry.backend_reference = static_cast<std::uint16_t>(i * 7);
  entry.client_reference = static_cast<std::uint16_t>(i * 13);
  return entry;
}

std::vector<Connection> connections_of(std::uint32_t count) {
  std::vector<Connection> result;
  for (std::uint32_t i = 0; i < count; ++i) result.push_back(connection(i));
  return result;
}

std::vector<Connection> by_key(std::vector<Connection> list) {
  std::sort(list.begin(), list.end(),
            [](const auto& a, const auto& b) { return a.key.packed() < b.key.packed(); });
  return list;
}

std::vector<Connection> list(Connections& table) {
  std::vector<Connection> result;
  EXPECT_TRUE(table.for_each([&](const Connection& entry) { result.push_back(entry); }));
  return by_key(std::move(result));
}

// A fake card that notes what is written, in order.
class NotingFake : public FakeBoard {
 public:
  base::Result<void> write(std::uint32_t offset, std::uint32_t value) override {
    writes.push_back({offset, value});
    return FakeBoard::write(offset, value);
  }
  std::vector<RegisterWrite> writes;
};

// A fake card that takes lists of up to 1,000 writes.
class ListFake : public FakeBoard {
 public:
  base::Result<void> write_each(std::span<const RegisterWrite> writes) override {
    ++lists;
    return FakeBoard::write_each(writes);
  }
  base::Result<std::uint32_t> list_writes() override { return std::uint32_t{1000}; }
  unsigned lists = 0;
};

TEST(ConnectionsStart, GivesAFreshCardASecretAndAnEmptyTableBeforeItIsUsed) {
  NotingFake card;
  Connections table(card, quick_options());
  const auto started = table.start();
  ASSERT_TRUE(started) << started.error().message();
  EXPECT_EQ(*started, Started::fresh);
  ASSERT_EQ(card.writes.size(), 17u);
  for (std::uint32_t i = 0; i < 12; ++i) {
    EXPECT_EQ(card.writes[i].offset, layout::kReg_conn_round_key0 + 4 * i);
    EXPECT_LT(card.writes[i].value, 1U << 30);
  }
  EXPECT_EQ(card.writes[12].offset, layout::kReg_conn_control);
  EXPECT_EQ(card.writes[12].value, layout::kConnControlFlush);
  EXPECT_EQ(card.writes[16].offset, layout::kReg_conn_control);
  EXPECT_EQ(card.writes[16].value, layout::kConnControlUse);
  EXPECT_TRUE(card.connections.in_use());
  EXPECT_EQ(card.connections.epoch_ticks(), layout::kTickHz);
  EXPECT_EQ(card.connections.response_ticks(), layout::kClockKhz / layout::kResponseTicksPerMs);
}

TEST(ConnectionsStart, DrawsAnotherSecretForEveryCard) {
  std::set<std::uint32_t> keys;
  for (int i = 0; i < 3; ++i) {
    FakeBoard card;
    ASSERT_TRUE(Connections(card, quick_options()).start());
    keys.insert(card.connections.round_keys().begin(), card.connections.round_keys().end());
  }
  EXPECT_EQ(keys.size(), 36u);
}

TEST(ConnectionsStart, KeepsATableThatIsInUseWithItsSecretAndItsEntries) {
  NotingFake card;
  ASSERT_TRUE(Connections(card, quick_options()).start());
  const auto keys = card.connections.round_keys();
  ASSERT_TRUE(card.connections.insert(connection(1), card.tick()));
  card.writes.clear();
  const auto again = Connections(card, quick_options()).start();
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, Started::kept);
  EXPECT_TRUE(card.writes.empty());
  EXPECT_EQ(card.connections.round_keys(), keys);
  EXPECT_EQ(card.connections.entries(card.tick()).size(), 1u);
}

TEST(ConnectionsStart, WithoutRandomNumbersWritesNothing) {
  NotingFake card;
  auto options = quick_options();
  options.random = [](std::span<std::byte>) -> base::Result<void> {
    return base::Error{Errc::io, "no random numbers", "test"};
  };
  const auto started = Connections(card, options).start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Errc::io);
  EXPECT_TRUE(card.writes.empty());
  EXPECT_FALSE(card.connections.in_use());
}

TEST(ConnectionsStart, DoesNotWaitBetweenItsSteps) {
  FakeBoard card;
  card.connections.flush_reads = 3;
  Connections table(card, quick_options());
  int waits = 0;
  for (;;) {
    const auto step = table.start_step();
    ASSERT_TRUE(step);
    if (step->has_value()) {
      EXPECT_EQ(**step, Started::fresh);
      break;
    }
    EXPECT_FALSE(card.connections.in_use());
    ++waits;
  }
  EXPECT_EQ(waits, 4);
}

TEST(ConnectionsStart, ReportsAFlushThatDoesNotEndAndLeavesTheTableOutOfUse) {
  FakeBoard card;
  card.connections.faults.flush_never_ends = true;
  Connections table(card, quick_options());
  const auto started = table.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Errc::hung);
  EXPECT_FALSE(card.connections.in_use());
  card.connections.faults.flush_never_ends = false;
  EXPECT_TRUE(table.start());
}

TEST(ConnectionsStart, ReportsACardThatDoesNotTakeTheTableIntoUse) {
  FakeBoard card;
  card.connections.faults.use_ignored = true;
  const auto started = Connections(card, quick_options()).start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Errc::verify_failed);
}

TEST(ConnectionsStart, RefusesClocksThatMakeNoSeconds) {
  FakeBoard card;
  card.faults.overrides[layout::kReg_tick_hz] = 1U << 16;
  const auto started = Connections(card, quick_options()).start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Errc::incompatible);
  EXPECT_FALSE(card.connections.in_use());
}

class ConnectionsTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(table_.start()); }

  void insert(const std::vector<Connection>& entries) {
    for (const auto& entry : entries) {
      ASSERT_TRUE(card_.connections.insert(entry, card_.tick()));
    }
  }

  FakeBoard card_;
  Connections table_{card_, quick_options()};
};

TEST_F(ConnectionsTest, ListsEverythingAtThreeAccessesABucketThatHoldsSomethingAndFourAnEntry) {
  const auto entries = connections_of(5000);
  insert(entries);
  const std::uint64_t before = card_.accesses();
  EXPECT_EQ(list(table_), by_key(entries));
  // Less when entries share a bucket; more at the end of a block, and for the stash.
  constexpr std::uint64_t kEnds = (kConnectionBuckets - 2) / layout::kConnectionReadBlock + 2;
  EXPECT_LE(card_.accesses() - before, 3 * kEnds + 7ull * entries.size());
}

TEST_F(ConnectionsTest, ReportsAnEntryThatMovesWhileItIsReadOnce) {
  const auto entries = connections_of(100);
  insert(entries);
  card_.connections.on_read = [&](std::uint32_t bucket) {
    if (bucket != 1U << layout::kConnectionBucketBits) return;
    for (std::uint32_t i = 0; i < 10; ++i) card_.connections.move_to_stash(entries[i].key);
  };
  EXPECT_EQ(list(table_), by_key(entries));
}

TEST_F(ConnectionsTest, LeavesOutWhatHasExpired) {
  auto entry = connection(0);
  entry.epochs_left = 5;
  insert({entry});
  card_.advance_ticks(3 * layout::kTickHz);
  ASSERT_EQ(list(table_).size(), 1u);
  EXPECT_EQ(list(table_)[0].epochs_left, 2);
  card_.advance_ticks(2 * layout::kTickHz);
  EXPECT_TRUE(list(table_).empty());
}

TEST_F(ConnectionsTest, EndsAListWhenTheCallerHasEnough) {
  std::uint32_t read = 0;
  ASSERT_TRUE(table_.for_each([](const Connection&) {},
                              [&](std::uint32_t buckets) {
                                read = buckets;
                                return buckets < 3000;
                              }));
  EXPECT_EQ(read, 3 * layout::kConnectionReadBlock) << "a block of an empty table at a time";
}

TEST_F(ConnectionsTest, RestoresTenThousandAsTheyWere) {
  const auto entries = connections_of(10'000);
  const auto report = table_.restore(entries);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(*report, (RestoreReport{10'000, 0, 0}));
  EXPECT_EQ(card_.connections.entries(card_.tick()), by_key(entries));
  EXPECT_EQ(list(table_), by_key(entries));
}

TEST_F(ConnectionsTest, LeavesAnEntryThatIsThereAlone) {
  auto entries = connections_of(3);
  insert({entries[1]});
  const auto there = entries[1];
  entries[1].backend ^= 1;
  const auto report = table_.restore(entries);
  ASSERT_TRUE(report);
  EXPECT_EQ(*report, (RestoreReport{2, 1, 0}));
  EXPECT_EQ(list(table_)[1], there);
}

TEST_F(ConnectionsTest, CountsWhatFindsNoRoom) {
  const auto entries = connections_of(20);
  card_.connections.faults.no_room_from = 15;
  const auto report = table_.restore(entries);
  ASSERT_TRUE(report);
  EXPECT_EQ(*report, (RestoreReport{15, 0, 5}));
}

TEST(ConnectionsByList, RestoresInListsAndCountsByTheCardsCounters) {
  ListFake card;
  Connections table(card, quick_options());
  ASSERT_TRUE(table.start());
  const auto entries = connections_of(12'000);
  for (std::uint32_t i = 0; i < 7; ++i) {
    ASSERT_TRUE(card.connections.insert(entries[i], card.tick()));
  }
  card.connections.faults.no_room_from = 11'990;
  const auto report = table.restore(entries);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(*report, (RestoreReport{11'983, 7, 10}));
  EXPECT_EQ(card.lists, 2u);
  EXPECT_EQ(list(table).size(), 11'990u);
}

TEST_F(ConnectionsTest, RefusesEntriesThatDoNotFitBeforeAnythingIsWritten) {
  for (int field = 0; field < 5; ++field) {
    auto entries = connections_of(3);
    Connection& bad = entries[2];
    if (field == 0) bad.state = layout::kConnection_none;
    if (field == 1) bad.state = layout::kConnectionStates;
    if (field == 2) bad.key.service = 1U << layout::kConnectionServiceBits;
    if (field == 3) bad.backend = 1U << layout::kConnectionBackendBits;
    if (field == 4) bad.epochs_left = kMostEpochsLeft + 1;
    const std::uint64_t before = card_.accesses();
    const auto report = table_.restore(entries);
    ASSERT_FALSE(report) << field;
    EXPECT_EQ(report.error().code, Errc::invalid);
    EXPECT_EQ(card_.accesses(), before);
  }
}

TEST_F(ConnectionsTest, RemovesTheNamedAndNoOthers) {
  const auto entries = connections_of(3000);
  insert(entries);
  std::vector<ConnectionKey> keys;
  for (std::uint32_t i = 0; i < entries.size(); i += 2) keys.push_back(entries[i].key);
  keys.push_back({1, 2, 3});  // there is none
  ASSERT_TRUE(table_.remove(keys));
  const auto left = list(table_);
  EXPECT_EQ(left.size(), 1500u);
  for (const auto& entry : left) {
    EXPECT_EQ(std::count(keys.begin(), keys.end(), entry.key), 0);
  }
}

TEST_F(ConnectionsTest, FlushesAllAndWaitsForTheEnd) {
  insert(connections_of(10));
  card_.connections.flush_reads = 5;
  ASSERT_TRUE(table_.flush());
  EXPECT_FALSE(table_.statistics()->flushing);
  EXPECT_TRUE(list(table_).empty());
  EXPECT_TRUE(card_.connections.in_use());
}

TEST_F(ConnectionsTest, ForgetsOneServiceAndNoOtherOne) {
  card_.connections.flush_reads = 5;
  insert(connections_of(30));
  const auto before = list(table_);
  ASSERT_TRUE(table_.begin_forget(7));
  EXPECT_TRUE(table_.statistics()->forgetting);
  const auto again = table_.begin_forget(8);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::busy);
  while (table_.statistics()->forgetting) {
  }
  const auto left = list(table_);
  EXPECT_EQ(left.size(), before.size() - 1);
  for (const auto& entry : left) EXPECT_NE(entry.key.service, 7);
}

TEST_F(ConnectionsTest, SetsThePressureOfANearlyFullTable) {
  EXPECT_EQ(card_.connections.pressure(), kConnectionPressure);
  EXPECT_GT(kConnectionPressure, kConnectionSlots * 89 / 100);
  EXPECT_LE(kConnectionPressure, kConnectionSlots * 9 / 10);
}

TEST_F(ConnectionsTest, WhatDoesNotEndIsHung) {
  card_.connections.faults.flush_never_ends = true;
  const auto flushed = table_.flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().code, Errc::hung);
  card_.connections.faults.read_never_ends = true;
  const auto read = table_.read_from(0, [](const Connection&) {});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::hung);
  card_.connections.faults.operation_never_ends = true;
  const auto restored = table_.restore(connections_of(2));
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().code, Errc::hung);
}

TEST_F(ConnectionsTest, TellsWhatTheCardCounts) {
  insert(connections_of(40));
  for (std::uint32_t i = 0; i < kConnectionCounters; ++i) {
    card_.connections.add_to_counter(static_cast<ConnectionCounter>(i), 100 * (i + 1));
  }
  card_.connections.move_to_stash(connection(3).key);
  card_.advance_ticks(5 * layout::kTickHz);
  const auto now = table_.statistics();
  ASSERT_TRUE(now);
  EXPECT_TRUE(now->in_use);
  EXPECT_FALSE(now->flushing);
  EXPECT_EQ(now->epoch, 5u);
  EXPECT_EQ(now->entries, 40u);
  EXPECT_EQ(now->stash_now, 1u);
  EXPECT_EQ(now->stash_most, 1u);
  EXPECT_EQ(now->counters[0], 140u);  // inserted
  EXPECT_EQ(now->counters[9], 1000u);
}

TEST_F(ConnectionsTest, ATableOutOfUseIsNeitherRestoredNorRemovedFrom) {
  FakeBoard fresh;
  Connections table(fresh, quick_options());
  const auto restored = table.restore(connections_of(2));
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().code, Errc::busy);
  const auto removed = table.remove(std::vector{connection(1).key});
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code, Errc::busy);
}

// Every operation, with every one of its accesses failing in turn.
struct Work {
  const char* name;
  bool fresh;  // the card is
  std::function<base::Result<void>(Connections&)> run;
};

template <class T>
base::Result<void> forget_value(const base::Result<T>& result) {
  return result ? base::Result<void>{} : result.error();
}

std::vector<Work> all_work() {
  return {
      {"start", true, [](Connections& t) { return forget_value(t.start()); }},
      {"read", false,
       [](Connections& t) { return forget_value(t.read_from(65'536, [](const auto&) {})); }},
      {"restore", false, [](Connections& t) { return forget_value(t.restore(connections_of(3))); }},
      {"remove", false, [](Connections& t) { return t.remove(std::vector{connection(1).key}); }},
      {"flush", false, [](Connections& t) { return t.flush(); }},
      {"statistics", false, [](Connections& t) { return forget_value(t.statistics()); }},
  };
}

TEST(ConnectionsFaults, EveryAccessThatFailsIsTypedAndCanBeTriedAgain) {
  const std::map<Errc, std::function<void(FakeFaults&, std::uint64_t)>> faults = {
      {Errc::io, [](FakeFaults& f, std::uint64_t at) { f.fail_access = at; }},
      {Errc::link_down, [](FakeFaults& f, std::uint64_t at) { f.torn_access = at; }},
      {Errc::hung, [](FakeFaults& f, std::uint64_t at) { f.hang_access = at; }}};
  for (const Work& work : all_work()) {
    for (const auto& [code, plant] : faults) {
      for (std::uint64_t at = 0;; ++at) {
        FakeBoard card;
        Connections table(card, quick_options());
        if (!work.fresh) {
          ASSERT_TRUE(table.start());
          ASSERT_TRUE(card.connections.insert(connection(1), card.tick()));
          card.connections.move_to_stash(connection(1).key);
        }
        const std::uint64_t first = card.accesses();
        plant(card.faults, first + at);
        const auto done = work.run(table);
        if (card.accesses() <= first + at) {
          EXPECT_TRUE(done) << work.name;
          EXPECT_GT(at, 2u) << work.name;
          break;
        }
        ASSERT_FALSE(done) << work.name << " access " << at;
        EXPECT_EQ(done.error().code, code) << work.name << " access " << at;
        card.faults = {};
        ASSERT_TRUE(work.run(table)) << work.name << " again after access " << at;
        EXPECT_TRUE(card.connections.in_use());
      }
    }
  }
}

TEST(ConnectionsFaults, ACardOfAllOnesIsGone) {
  for (const Work& work : all_work()) {
    FakeBoard card;
    Connections table(card, quick_options());
    card.faults.all_ones = true;
    const auto done = work.run(table);
    ASSERT_FALSE(done) << work.name;
    EXPECT_EQ(done.error().code, Errc::link_down) << work.name;
  }
}

TEST(ConnectionStates, HaveNamesThatReadBack) {
  for (std::uint8_t state = 1; state < layout::kConnectionStates; ++state) {
    EXPECT_EQ(parse_connection_state(connection_state_name(state)), state);
  }
  EXPECT_EQ(parse_connection_state("none"), std::nullopt);
  EXPECT_EQ(parse_connection_state("ESTABLISHED"), std::nullopt);
}

}  // namespace
}  // namespace sluice::driver
