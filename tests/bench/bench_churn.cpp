// Backends come, go, drain and change weight while both wires are full: which connection is broken?
//
// usage: bench_churn [--json FILE]; SLUICE_CHURN_CHANGES: changes a scheduler (default 40). Fails
// if any is.
#include <cstdio>
#include <cstdlib>

#include "card_load.hpp"
#include "churn_load.hpp"
#include "driver/connections.hpp"
#include "report.hpp"
#include "sim/conservation.hpp"

namespace sluice::bench {
namespace {

constexpr model::Scheduler kSchedulers[] = {
    model::Scheduler::maglev,
    model::Scheduler::hash,
    model::Scheduler::source,
    model::Scheduler::random,
    model::Scheduler::round_robin,
    model::Scheduler::weighted_round_robin,
    model::Scheduler::least_connections,
    model::Scheduler::weighted_least_connections,
    model::Scheduler::p2c,
    model::Scheduler::least_response_time,
};
constexpr std::uint64_t kBetweenChanges = 4'000;  // cycles
constexpr double kClockHz = layout::kClockKhz * 1e3;

// Packets that the card dropped, for whatever reason.
std::uint64_t drops(sim::SimCard& card) {
  const auto counters = sim::read_counters(card);
  if (!counters) {
    std::fprintf(stderr, "bench_churn: %s\n", counters.error().message().c_str());
    std::exit(1);
  }
  std::uint64_t sum = 0;
  std::uint32_t count = 0;
  const layout::ReasonInfo* info = layout::reasons(&count);
  for (std::uint32_t i = 0; i < count; ++i) sum += counters->reasons[info[i].code].packets;
  return sum;
}

class Churn {
 public:
  explicit Churn(std::uint64_t seed)
      : device_(opened(card_)),
        control_(device_),
        traffic_(card_, churn_config(kSchedulers[0]).mac, seed),
        random_(seed) {
    driver::Connections connections(device_.board());
    if (const auto started = connections.start(); !started) fail(started.error());
    card_.set_before_step([this] { traffic_.step(); });
  }

  bool run(model::Scheduler scheduler, unsigned changes, Report& report) {
    model::Config config = churn_config(scheduler);
    check(control_.apply(config));
    const std::uint64_t dropped_before = drops(card_);
    traffic_.begin(config.services[0]);
    const std::uint64_t first = card_.cycle();
    card_.run(kBetweenChanges * 4);
    const std::uint64_t begin = card_.cycle();
    for (unsigned i = 0; i < changes; ++i) {
      change_backends(config, random_);
      check(control_.apply(config));
      card_.run(kBetweenChanges);
      std::fprintf(stderr, "\r%s: %u of %u changes ", model::name(scheduler), i + 1, changes);
    }
    const double seconds = static_cast<double>(card_.cycle() - begin) / kClockHz;
    const double cycles = static_cast<double>(card_.cycle() - first);
    traffic_.stop();
    if (!card_.drain(1'000'000)) std::fprintf(stderr, "\nthe card does not come to rest\n");
    traffic_.step();
    const ChurnCounts& counts = traffic_.counts();
    const std::uint64_t dropped = drops(card_) - dropped_before;
    const std::uint64_t broken = counts.moved + counts.resets + counts.strange + dropped;
    std::fprintf(stderr, "\r%40s\r", "");
    report.add({{"scheduler", std::string(model::name(scheduler))},
                {"changes", static_cast<std::int64_t>(changes)},
                {"changes_per_second", changes / seconds},
                {"connections", static_cast<std::int64_t>(counts.connections)},
                {"packets", static_cast<std::int64_t>(counts.packets)},
                {"packets_per_cycle", static_cast<double>(counts.packets) / cycles},
                {"dropped", static_cast<std::int64_t>(dropped)},
                {"broken", static_cast<std::int64_t>(broken)}});
    return broken == 0 && !card_.failed();
  }

  const sim::SimCard& card() const { return card_; }
  std::uint32_t build_id() { return *card_.read(layout::kReg_build_id); }

 private:
  static driver::Device opened(sim::SimCard& card) {
    auto device = driver::Device::open(std::make_unique<CardBoard>(card));
    if (!device) fail(device.error());
    return std::move(*device);
  }
  [[noreturn]] static void fail(const base::Error& error) {
    std::fprintf(stderr, "bench_churn: %s\n", error.message().c_str());
    std::exit(1);
  }
  static void check(const base::Result<void>& done) {
    if (!done) fail(done.error());
  }

  sim::SimCard card_;
  driver::Device device_;
  ChurnControl control_;
  ChurnTraffic traffic_;
  std::mt19937_64 random_;
};

}  // namespace
}  // namespace sluice::bench

int main(int argc, char** argv) {
  using namespace sluice;
  const std::string json_file = bench::json_option(argc, argv);
  const char* text = std::getenv("SLUICE_CHURN_CHANGES");
  const auto changes =
      static_cast<unsigned>(text != nullptr ? std::strtoul(text, nullptr, 10) : 40);
  bench::Churn churn(1);
  bench::Report report("churn", churn.build_id());
  report.note(
      "Simulated card at an assumed clock of 322.265625 MHz, both ports full with frames of 60 "
      "bytes; the driver's register accesses run beside the traffic.");
  report.note(
      "broken: packets that went to another backend than their connection's first, resets, "
      "packets of no connection, and drops of any kind.");
  bool whole = true;
  for (const model::Scheduler scheduler : bench::kSchedulers) {
    whole = churn.run(scheduler, changes, report) && whole;
  }
  if (!report.write(json_file)) return 1;
  if (churn.card().failed())
    std::fprintf(stderr, "bench_churn: %s\n", churn.card().error().c_str());
  return whole ? 0 : 1;
}
