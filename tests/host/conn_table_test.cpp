// The daemon's connection table on a fake card: into use, 64-bit counts, steps, and names.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "daemon/connections.hpp"
#include "fake_card.hpp"

namespace sluice::daemon {
namespace {

using base::Errc;
using model::Protocol;

constexpr std::size_t kInserted = static_cast<std::size_t>(driver::ConnectionCounter::inserted);

model::ServiceView service_view(const std::string& name, std::uint32_t vip, std::uint16_t index,
                                std::vector<std::uint16_t> backends) {
  model::ServiceView view;
  view.name = name;
  view.id = {{vip}, 80, Protocol::tcp};
  view.index = index;
  for (std::size_t i = 0; i < backends.size(); ++i) {
    model::BackendView backend;
    backend.name = "b" + std::to_string(i + 1);
    backend.id = {view.id, {0x0a02000b + static_cast<std::uint32_t>(i)}, 8080};
    backend.index = backends[i];
    view.backends.push_back(backend);
  }
  return view;
}

driver::Connection entry(std::uint32_t client, std::uint16_t service, std::uint16_t backend,
                         std::uint8_t state = layout::kConnection_established) {
  driver::Connection c;
  c.key = {client, 40000, service};
  c.backend = backend;
  c.state = state;
  c.epochs_left = 100;
  c.backend_reference = 7;
  c.client_reference = 9;
  return c;
}

// A daemon's connection table on a card of its own.
class Side {
 public:
  explicit Side(const std::vector<model::ServiceView>& views) {
    attach();
    table.set_names(views);
  }

  void attach() {
    auto device = driver::Device::open(card.board());
    EXPECT_TRUE(device);
    table.attach(std::make_shared<driver::Device>(std::move(*device)), now);
  }

  // Until the table is in use: how it came to be.
  ConnectionTable::Started start() {
    for (int i = 0; i < 100; ++i) {
      const auto started = run();
      EXPECT_TRUE(started);
      if (started && started->has_value()) return **started;
    }
    ADD_FAILURE() << "not in use";
    return ConnectionTable::Started::fresh;
  }

  base::Result<std::optional<ConnectionTable::Started>> run() {
    now = std::max(now, table.deadline().value_or(now));
    return table.run(now);
  }

  void insert(const driver::Connection& c) {
    card.with([&](auto& fake) { ASSERT_TRUE(fake.connections.insert(c, fake.tick())); });
  }

  std::vector<driver::Connection> list() {
    std::vector<driver::Connection> result;
    auto scan = table.begin_scan();
    EXPECT_TRUE(scan);
    for (bool done = false; scan && !done;) {
      const auto chunk = table.step(*scan, Millis(1));
      EXPECT_TRUE(chunk) << (chunk ? "" : chunk.error().message());
      if (!chunk) break;
      result.insert(result.end(), chunk->entries.begin(), chunk->entries.end());
      done = chunk->done;
    }
    return result;
  }

  // In steps of one run each, which keep to their bound.
  base::Result<ConnectionReport> report() {
    auto reporting = table.begin_report();
    if (!reporting) return reporting.error();
    while (!reporting->done()) {
      const std::uint64_t before = accesses();
      const auto done = table.step(*reporting, Millis(0));
      if (!done) return done.error();
      EXPECT_LE(accesses() - before, 1 + ConnectionTable::kReportRun);  // 1: turns the page
      ++report_steps;
    }
    return reporting->report;
  }

  std::uint64_t accesses() {
    return card.with([](auto& fake) { return fake.traffic().accesses; });
  }

  test::FakeCard card;
  ConnectionTable table;
  TimePoint now;
  int report_steps = 0;
};

std::vector<model::ServiceView> views() {
  return {service_view("web", 0x0a090001, 3, {10, 11}), service_view("api", 0x0a090002, 4, {12})};
}

TEST(ConnectionTable, ComesIntoUseBetweenOtherWork) {
  Side side(views());
  EXPECT_EQ(side.table.begin_scan().error().code, Errc::busy);
  ASSERT_TRUE(side.run());
  EXPECT_FALSE(side.card.with([](auto& fake) { return fake.connections.in_use(); }));
  EXPECT_EQ(*side.table.deadline() - side.now, Millis(20));
  EXPECT_EQ(side.start(), ConnectionTable::Started::fresh);
  EXPECT_TRUE(side.table.begin_scan());
}

TEST(ConnectionTable, ADaemonThatComesBackKeepsTheConnections) {
  Side side(views());
  side.start();
  side.insert(entry(1, 3, 10));
  side.attach();
  EXPECT_EQ(side.start(), ConnectionTable::Started::kept);
  EXPECT_EQ(side.list().size(), 1u);
}

TEST(ConnectionTable, ACardThatWasResetGetsANewSecret) {
  Side side(views());
  side.start();
  const auto keys = side.card.with([](auto& fake) { return fake.connections.round_keys(); });
  side.card.reset();
  ASSERT_TRUE(side.run());
  EXPECT_FALSE(side.table.begin_scan());
  EXPECT_EQ(side.start(), ConnectionTable::Started::fresh);
  EXPECT_NE(side.card.with([](auto& fake) { return fake.connections.round_keys(); }), keys);
}

TEST(ConnectionTable, AddsUpCountersThatWrap) {
  Side side(views());
  side.start();
  std::uint64_t expected = 0;
  for (int i = 0; i < 5; ++i) {
    side.card.with([](auto& fake) {
      fake.connections.add_to_counter(driver::ConnectionCounter::inserted, 3'000'000'000U);
    });
    expected += 3'000'000'000U;
    ASSERT_TRUE(side.run());
    EXPECT_LE(*side.table.deadline() - side.now, std::chrono::seconds(10)) << "would wrap twice";
  }
  const auto report = side.report();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->totals[kInserted], expected);
  side.card.reset();
  ASSERT_TRUE(side.run());
  side.start();
  EXPECT_EQ(side.report()->totals[kInserted], expected) << "a reset card counts from zero";
}

// A step that has no time reads one block of buckets at most, or what the first bucket that is not
// empty holds.
TEST(ConnectionTable, ReadsInStepsOfFewAccesses) {
  Side side(views());
  side.start();
  std::set<std::uint64_t> keys;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const auto c = entry(i, 3, 10);
    side.insert(c);
    keys.insert(c.key.packed());
  }
  constexpr std::uint64_t kOfBucket = 3;  // asks for it, that it is read, what of it is live
  constexpr std::uint64_t kOfSlot = 4;
  auto scan = side.table.begin_scan();
  ASSERT_TRUE(scan);
  std::set<std::uint64_t> found;
  unsigned steps = 0;
  for (bool done = false; !done; ++steps) {
    const std::uint64_t before = side.accesses();
    const auto chunk = side.table.step(*scan, Millis(0));
    ASSERT_TRUE(chunk);
    EXPECT_LE(side.accesses() - before, kOfBucket + kOfSlot * chunk->entries.size());
    EXPECT_LE(chunk->entries.size(), layout::kConnWindowSlots);
    for (const auto& c : chunk->entries) found.insert(c.key.packed());
    done = chunk->done;
  }
  EXPECT_EQ(found, keys);
  EXPECT_GT(steps, driver::kConnectionBuckets / layout::kConnectionReadBlock + 500);
}

// Every service and every backend that a card has room for.
TEST(ConnectionTable, ReportsInStepsOfFewAccesses) {
  std::vector<model::ServiceView> all;
  constexpr std::uint32_t kEach = layout::kBackends / layout::kServices;
  for (std::uint16_t i = 0; i < layout::kServices; ++i) {
    std::vector<std::uint16_t> backends;
    for (std::uint32_t b = 0; b < kEach; ++b) {
      backends.push_back(static_cast<std::uint16_t>(kEach * i + b));
    }
    all.push_back(service_view("s" + std::to_string(i), 0x0a090001U + i, i, backends));
  }
  Side side(all);
  side.start();
  for (std::uint16_t i = 0; i < layout::kServices; ++i) {
    side.insert(entry(i, i, static_cast<std::uint16_t>(kEach * i)));
  }
  const std::uint64_t before = side.accesses();
  const auto report = side.report();
  ASSERT_TRUE(report);
  EXPECT_GE(side.report_steps, 40);
  EXPECT_LT(side.accesses() - before, 5300u);
  EXPECT_EQ(report->active_of_service.size(), std::size_t{layout::kServices});
  EXPECT_EQ(report->active_of_backend.size(), std::size_t{layout::kBackends});
  for (const auto& [service, active] : report->active_of_service) EXPECT_EQ(active, 1u) << service;
  for (const auto& [backend, active] : report->active_of_backend) {
    EXPECT_EQ(active, backend % kEach == 0 ? 1u : 0u) << backend;
  }
}

TEST(ConnectionTable, AReportEndsWhenTheCardIsTakenUpAnew) {
  Side side(views());
  side.start();
  auto reporting = side.table.begin_report();
  ASSERT_TRUE(reporting);
  side.attach();
  EXPECT_EQ(side.table.step(*reporting, Millis(0)).error().code, Errc::busy);
  side.table.detach();
  EXPECT_EQ(side.table.step(*reporting, Millis(0)).error().code, Errc::link_down);
}

TEST(ConnectionTable, MakesTheCardForgetServicesThatWereTakenOut) {
  Side side(views());
  side.start();
  for (std::uint32_t i = 0; i < 30; ++i)
    side.insert(entry(i, static_cast<std::uint16_t>(3 + i % 3), 11));
  side.table.set_leaving({4, 5}, side.now);
  EXPECT_EQ(side.table.deadline(), side.now) << "at once";
  for (int i = 0; i < 20; ++i) {
    side.now = *side.table.deadline();
    ASSERT_TRUE(side.table.run(side.now));
  }
  const auto left = side.list();
  EXPECT_EQ(left.size(), 10u);
  for (const auto& c : left) EXPECT_EQ(c.key.service, 3);
}

TEST(ConnectionTable, ForgetsAServiceByItsName) {
  Side side(views());
  side.start();
  for (std::uint32_t i = 0; i < 30; ++i) side.insert(entry(i, i % 3 == 0 ? 4 : 3, 11));
  EXPECT_EQ(side.table.begin_forget("nobody").error().code, Errc::not_found);
  ASSERT_TRUE(side.table.begin_forget(views()[0].name));
  EXPECT_TRUE(*side.table.forgetting());
  EXPECT_EQ(side.list().size(), 10u);
}

TEST(ConnectionTable, TellsActiveConnections) {
  Side side(views());
  side.start();
  std::set<std::uint64_t> keys;
  for (std::uint32_t i = 0; i < 300; ++i) {
    const auto c = entry(i, i % 3 == 0 ? 4 : 3, i % 3 == 0 ? 12 : 11,
                         i < 30 ? layout::kConnection_closed : layout::kConnection_established);
    side.insert(c);
    keys.insert(c.key.packed());
  }
  const auto listed = side.list();
  std::set<std::uint64_t> found;
  for (const auto& c : listed) found.insert(c.key.packed());
  EXPECT_EQ(found, keys);
  EXPECT_EQ(listed.size(), keys.size());
  const auto report = side.report();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->active_of_service.at(3), 180u);
  EXPECT_EQ(report->active_of_service.at(4), 90u);
  EXPECT_EQ(report->active_of_backend.at(10), 0u);
  EXPECT_EQ(report->active_of_backend.at(11), 180u);
}

TEST(ConnectionTable, AReadingEndsWhenTheCardIsTakenUpAnew) {
  Side side(views());
  side.start();
  auto scan = side.table.begin_scan();
  ASSERT_TRUE(scan);
  ASSERT_TRUE(side.table.step(*scan, Millis(0)));
  side.attach();
  side.start();
  const auto chunk = side.table.step(*scan, Millis(0));
  ASSERT_FALSE(chunk);
  EXPECT_EQ(chunk.error().code, Errc::busy);
  side.table.detach();
  EXPECT_EQ(side.table.begin_scan().error().code, Errc::link_down);
  EXPECT_EQ(side.report().error().code, Errc::link_down);
  EXPECT_EQ(side.table.deadline(), std::nullopt);
}

TEST(ConnectionTable, TriesAgainASecondAfterAFailure) {
  Side side(views());
  side.card.with([](auto& fake) {
    fake.faults.overrides[layout::kReg_tick_hz] = 0;  // no second can be made of it
  });
  base::Result<std::optional<ConnectionTable::Started>> done = side.run();
  for (int i = 0; i < 10 && done; ++i) done = side.run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::incompatible);
  EXPECT_EQ(*side.table.deadline() - side.now, std::chrono::seconds(1));
  side.card.with([](auto& fake) { fake.faults.overrides.clear(); });
  EXPECT_EQ(side.start(), ConnectionTable::Started::fresh);
}

TEST(ConnectionTable, ASnapshotGoesOnOnACardWithOtherIndexes) {
  Side from(views());
  from.start();
  for (std::uint32_t i = 0; i < 1000; ++i) {
    from.insert(entry(i, i % 2 == 0 ? 3 : 4, i % 2 == 0 ? 10 + i / 2 % 2 : 12));
  }
  from.insert(entry(5000, 9, 10));  // a service that is configured no more
  from.insert(entry(5001, 3, 12));  // a backend whose index went to another service
  ConnectionFileWriter writer;
  unsigned unnamed = 0;
  for (const auto& c : from.list()) {
    const auto saved = from.table.names()->save(c);
    unnamed += saved ? 0 : 1;
    if (saved) writer.add_line(connection_line(*saved));
  }
  EXPECT_EQ(unnamed, 2u);
  const auto read = read_connections(std::move(writer).finish(), "f");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 1000u);

  // There, "web" has only its second backend, and everything another index.
  auto web = service_view("www", 0x0a090001, 700, {0, 2001});
  web.backends.erase(web.backends.begin());
  Side to({service_view("api", 0x0a090002, 0, {7}), web});
  to.start();
  std::vector<driver::Connection> entries;
  unsigned no_backend = 0;
  for (const auto& saved : *read) {
    const auto restored = to.table.names()->restore(saved);
    if (const auto* c = std::get_if<driver::Connection>(&restored)) {
      entries.push_back(*c);
    } else {
      EXPECT_EQ(std::get<1>(restored), ConnectionNames::Unknown::backend);
      ++no_backend;
    }
  }
  EXPECT_EQ(no_backend, 250u);
  const auto done = to.table.restore(entries);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->stored, 750u);
  for (const auto& c : to.list()) {
    const bool is_api = c.key.client % 2 == 1;
    const auto expected = entry(c.key.client, is_api ? 0 : 700, is_api ? 7 : 2001);
    EXPECT_EQ(c, expected);
  }
  SavedConnection opening = *std::find_if(read->begin(), read->end(),
                                          [](const auto& c) { return c.client.value % 2 == 1; });
  opening.state = layout::kConnection_opening;
  EXPECT_EQ(std::get<0>(to.table.names()->restore(opening)).backend_reference, 0)
      << "the time of a SYN means nothing on another card";
  SavedConnection elsewhere;
  elsewhere.backend.service.vip = {1};
  EXPECT_EQ(std::get<1>(to.table.names()->restore(elsewhere)), ConnectionNames::Unknown::service);
}

TEST(ConnectionMatch, TakesServicesBackendsClientsAndStates) {
  const ConnectionNames names(views());
  const auto matches = [&](const ConnectionFilter& filter, const driver::Connection& c) {
    const auto match = ConnectionMatch::make(filter, names);
    EXPECT_TRUE(match);
    return match && (*match)(c);
  };
  const auto c = entry(0xc0000207, 3, 11);
  EXPECT_TRUE(matches({}, c));
  EXPECT_TRUE(matches({"web", "", {}, {}}, c));
  EXPECT_FALSE(matches({"api", "", {}, {}}, c));
  EXPECT_TRUE(matches({"", "b2", {}, {}}, c));
  EXPECT_FALSE(matches({"", "b1", {}, {}}, c));
  EXPECT_TRUE(matches({"web", "10.2.0.12", {}, {}}, c));
  EXPECT_TRUE(matches({"", "10.2.0.12:8080", {}, {}}, c));
  EXPECT_TRUE(matches({"", "", base::Ipv4Prefix::parse("192.0.2.0/29"), {}}, c));
  EXPECT_FALSE(matches({"", "", base::Ipv4Prefix::parse("192.0.2.8/29"), {}}, c));
  EXPECT_TRUE(matches({"", "", {}, layout::kConnection_established}, c));
  EXPECT_FALSE(matches({"", "", {}, layout::kConnection_reset}, c));
  EXPECT_FALSE(matches({"", "b2", {}, {}}, entry(1, 3, 4095)));
  for (const ConnectionFilter& unknown :
       {ConnectionFilter{"nix", "", {}, {}}, ConnectionFilter{"", "b9", {}, {}},
        ConnectionFilter{"api", "b2", {}, {}}, ConnectionFilter{"", "10.2.0.12:81", {}, {}}}) {
    const auto match = ConnectionMatch::make(unknown, names);
    ASSERT_FALSE(match) << unknown.service << unknown.backend;
    EXPECT_EQ(match.error().code, Errc::not_found);
  }
}

}  // namespace
}  // namespace sluice::daemon
