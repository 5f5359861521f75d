// Loads tables into one board and prints a JSON row a table: the part of `./run bench table-load`
// that knows boards. usage: table_load BOARD
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <vector>

#include "driver/open_board.hpp"
#include "layout/registers.hpp"
#include "layout/tables.hpp"

namespace {

using namespace sluice;

struct Load {
  const char* table;
  layout::TableId id;
  std::uint32_t entries;
  std::uint32_t words;
};

constexpr Load kLoads[] = {
    {"ring", layout::kTable_ring, 65'538, 65'538 / 2},  // 65,537 slots take whole words
    {"ring", layout::kTable_ring, 128, 64},
    {"backends", layout::kTable_backends, layout::kBackends,
     layout::kBackends * sizeof(layout::Backend) / 4},
    {"services", layout::kTable_services, layout::kServices,
     layout::kServices * sizeof(layout::Service) / 4},
};

base::Result<std::uint64_t> cycles(driver::Board& board) {
  const auto high = board.read(layout::kReg_cycles_hi);
  if (!high) return high.error();
  const auto low = board.read(layout::kReg_cycles_lo);
  if (!low) return low.error();
  const auto again = board.read(layout::kReg_cycles_hi);
  if (!again) return again.error();
  return *high == *again ? std::uint64_t{*high} << 32 | *low : std::uint64_t{*again} << 32;
}

base::Result<nlohmann::ordered_json> measure(driver::Board& board, const Load& load) {
  const std::vector<std::uint32_t> words(load.words);
  const auto cycles_before = cycles(board);
  if (!cycles_before) return cycles_before.error();
  const std::uint64_t accesses_before = board.traffic().accesses;
  const auto start = std::chrono::steady_clock::now();
  const auto done = board.write_table(static_cast<std::uint32_t>(load.id) << 24, words);
  if (!done) return done.error();
  const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - start;
  const std::uint64_t accesses = board.traffic().accesses - accesses_before;
  const auto cycles_after = cycles(board);
  if (!cycles_after) return cycles_after.error();
  const auto taken = static_cast<double>(*cycles_after - *cycles_before);
  return nlohmann::ordered_json{{"table", load.table},
                                {"entries", load.entries},
                                {"accesses", accesses},
                                {"card_ms", taken / layout::kClockKhz},
                                {"wall_ms", wall.count()}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: table_load BOARD\n");
    return 2;
  }
  auto board = driver::open_board(argv[1]);
  if (!board) {
    std::fprintf(stderr, "%s\n", board.error().message().c_str());
    return 1;
  }
  const auto build_id = (*board)->read(layout::kReg_build_id);
  for (const Load& load : kLoads) {
    auto row = measure(**board, load);
    if (!row || !build_id) {
      std::fprintf(stderr, "%s\n", (row ? build_id.error() : row.error()).message().c_str());
      return 1;
    }
    (*row)["build_id"] = *build_id;
    std::printf("%s\n", row->dump().c_str());
  }
  return 0;
}
