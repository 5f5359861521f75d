// The connection table alone, 2^20 slots: new connections a cycle, and what is not stored, by load
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "aimed_keys.hpp"
#include "connection_load.hpp"
#include "report.hpp"
#include "stress.hpp"

namespace {

using namespace sluice;

constexpr double kClockMhz = 322.265625;
constexpr std::uint64_t kSeed = 1;
constexpr double kLoads[] = {0.70, 0.80, 0.85, 0.90, 0.95};
constexpr double kRates[] = {0.5, 0.93, 1.0};
constexpr std::uint64_t kWarmInserts = 100'000;
constexpr std::uint64_t kInserts = 300'000;
// Cycles an epoch; the load is seven and a half times as many.
constexpr std::uint64_t kExpiringEpochs[] = {100'000, 112'000};
// Half the slots are established; a true connection is answered after 0.3 ms.
constexpr double kFloodLoad = 0.5;
constexpr std::uint64_t kFloodConnections = 80'000;
constexpr std::uint64_t kRoundTripCycles = 100'000;
constexpr double kFloodRates[] = {0.1, 0.5, 0.93};
// Where the target stands: fewer than 1e-5 not stored.
constexpr double kTargetLoad = 0.85;
constexpr double kTargetRate = 0.93;
constexpr std::uint64_t kTargetInserts = 1'500'000;

std::uint32_t build_id() {
  std::ifstream file(SLUICE_BUILD_ID_FILE);
  std::string text;
  file >> text;
  return static_cast<std::uint32_t>(std::strtoul(text.c_str(), nullptr, 16));
}

void add(bench::Report* report, const std::string& name, double load_pct,
         const bench::LoadResult& result, std::uint64_t evicted = 0, std::uint64_t lost = 0) {
  const auto cycles = static_cast<double>(result.cycles);
  const auto inserts = static_cast<double>(result.inserts);
  std::fprintf(stderr, "%s %.1f %%: %llu inserts, %llu not stored\n", name.c_str(), load_pct,
               static_cast<unsigned long long>(result.inserts),
               static_cast<unsigned long long>(result.not_stored));
  report->add({{"case", name},
               {"load_pct", load_pct},
               {"requests_per_cycle", static_cast<double>(result.requests) / cycles},
               {"inserts", static_cast<std::int64_t>(result.inserts)},
               {"cycles", static_cast<std::int64_t>(result.cycles)},
               {"inserts_per_cycle", inserts / cycles},
               {"mcps", inserts / cycles * kClockMhz},
               {"not_stored", static_cast<std::int64_t>(result.not_stored)},
               {"not_stored_rate", static_cast<double>(result.not_stored) / inserts},
               {"moves_per_insert", static_cast<double>(result.moves) / inserts},
               {"evicted", static_cast<std::int64_t>(evicted)},
               {"established_lost", static_cast<std::int64_t>(lost)}});
}

// At the load and the rate that both wires bring at most.
bool meets_target(const bench::LoadResult& result) {
  constexpr double kMostNotStored = 1e-5;
  const double rate = static_cast<double>(result.not_stored) / static_cast<double>(result.inserts);
  if (rate < kMostNotStored) return true;
  std::fprintf(stderr, "not stored: %g of the inserts, %g allowed\n", rate, kMostNotStored);
  return false;
}

bool churn(bench::Report* report, double load) {
  bench::ConnectionLoad table(kSeed, conn::random_round_keys(kSeed));
  // As fast as the table takes it, then at a pace that loses nothing.
  const bench::LoadResult filled = table.fill(0.70, 1.0);
  if (load == kLoads[0]) add(report, "all_new", filled.load_pct, filled);
  table.fill(load, 0.25);
  bool good = true;
  for (const double rate : kRates) {
    table.churn(load, rate, kWarmInserts);
    const bool target = load == kTargetLoad && rate == kTargetRate;
    const bench::LoadResult result = table.churn(load, rate, target ? kTargetInserts : kInserts);
    add(report, "mixed", result.load_pct, result);
    if (target) good = meets_target(result);
  }
  return good;
}

void expire(bench::Report* report, std::uint64_t epoch_cycles) {
  constexpr std::uint16_t kTimeout = 8;
  bench::ConnectionLoad table(kSeed, conn::random_round_keys(kSeed));
  table.expire(epoch_cycles, kTimeout, epoch_cycles * kTimeout);
  const bench::LoadResult result = table.expire(epoch_cycles, kTimeout, epoch_cycles * kTimeout);
  add(report, "expiring", result.load_pct, result);
}

// Ten forged packets for each true connection: no established one may be lost.
bool flood(bench::Report* report, double requests_per_cycle) {
  bench::ConnectionLoad table(kSeed, conn::random_round_keys(kSeed));
  const bench::FloodResult result =
      table.flood(kFloodLoad, kFloodConnections, requests_per_cycle, kRoundTripCycles);
  add(report, "flood", result.load_pct, result, result.evicted, result.lost);
  std::fprintf(stderr,
               "flood: %llu forged, %llu of %llu true ones established, %llu half-open ones gave "
               "way, %llu established ones lost\n",
               static_cast<unsigned long long>(result.forged),
               static_cast<unsigned long long>(result.established),
               static_cast<unsigned long long>(result.inserts),
               static_cast<unsigned long long>(result.evicted),
               static_cast<unsigned long long>(result.lost));
  return result.lost == 0;
}

void aimed(bench::Report* report) {
  const conn::RoundKeys known{};
  const auto keys = conn::aimed_keys(conn::TableDriver::kBucketBits, 6, 20'000, known);
  bench::ConnectionLoad open(kSeed, known);
  const bench::LoadResult seen = open.insert(keys);
  add(report, "aimed_known_key", seen.load_pct, seen);
  bench::ConnectionLoad secret(kSeed, conn::random_round_keys(kSeed));
  const bench::LoadResult unseen = secret.insert(keys);
  add(report, "aimed_secret_key", unseen.load_pct, unseen);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string json_file = bench::json_option(argc, argv);
  bench::Report report("connections", build_id());
  report.note("The table alone, every answer compared with an oracle; mcps at the assumed clock.");
  aimed(&report);
  bool good = true;
  for (const double load : kLoads) good = churn(&report, load) && good;
  for (const std::uint64_t epoch_cycles : kExpiringEpochs) expire(&report, epoch_cycles);
  for (const double rate : kFloodRates) good = flood(&report, rate) && good;
  return report.write(json_file) && good ? 0 : 1;
}
