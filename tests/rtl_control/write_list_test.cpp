// Lists of register writes from a memory that answers when it likes: every write in order and once,
// bursts as AXI4 wants them, and an end at the first thing that is wrong.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "Vwrite_list.h"

namespace sluice::test {
namespace {

std::uint64_t list_seed() {
  static const std::uint64_t kSeed = [] {
    const char* text = std::getenv("SLUICE_SEED");
    const std::uint64_t value = text ? std::strtoull(text, nullptr, 0) : std::random_device{}();
    std::printf("replay: SLUICE_SEED=%llu\n", static_cast<unsigned long long>(value));
    return value;
  }();
  return kSeed;
}

struct Write {
  std::uint32_t address = 0;
  std::uint32_t data = 0;
  bool operator==(const Write&) const = default;
};

struct Faults {
  std::optional<std::size_t> refused_write;  // the card answers this one with an error
  std::optional<std::size_t> bad_beat;       // the memory answers this one with an error
};

class ListBench {
 public:
  ListBench() : random_(list_seed()) {
    pins_.rst_i = 1;
    for (int i = 0; i < 3; ++i) clock();
    pins_.rst_i = 0;
  }

  // Runs the list at `base`; false if it has not ended in time.
  bool run(std::uint64_t base, const std::vector<Write>& list, const Faults& faults = {}) {
    base_ = base;
    list_ = &list;
    faults_ = faults;
    made.clear();
    beats_ = 0;
    pins_.start_i = 1;
    pins_.addr_i = base >> 10;
    pins_.writes_i = static_cast<std::uint32_t>(list.size());
    step();
    pins_.start_i = 0;
    pins_.addr_i = random_() & 0xffffffffffffu;  // only looked at with start
    pins_.writes_i = static_cast<std::uint32_t>(random_() % 100);
    for (std::size_t cycle = 0; cycle < 1000 + 60 * list.size(); ++cycle) {
      if (!pins_.busy_o) {
        for (int i = 0; i < 4; ++i) step();  // done_o is so much later
        return true;
      }
      step();
    }
    return false;
  }
  bool failed() const { return pins_.failed_o; }
  std::uint32_t done() const { return pins_.done_o; }
  std::mt19937_64& random() { return random_; }

  std::vector<Write> made;

 private:
  void clock() {
    pins_.clk_i = 0;
    pins_.eval();
    pins_.clk_i = 1;
    pins_.eval();
  }

  void step() {
    pins_.axi_arready_i = random_() % 3 == 0;
    pins_.axi_rvalid_i = !burst_.empty() && random_() % 4 != 0;
    pins_.axi_rlast_i = burst_.size() == 1;
    pins_.axi_rresp_i = 0;
    if (pins_.axi_rvalid_i) fill_beat();
    pins_.write_ack_i = 0;
    pins_.write_error_i = 0;
    if (answer_in_ && --*answer_in_ == 0) {
      answer_in_.reset();
      pins_.write_ack_i = 1;
      pins_.write_error_i = faults_.refused_write == made.size() - 1;
    }
    pins_.clk_i = 0;
    pins_.eval();
    if (pins_.axi_arvalid_o && pins_.axi_arready_i) take_burst();
    if (pins_.axi_rvalid_i && pins_.axi_rready_o) {
      burst_.pop_front();
      ++beats_;
    }
    if (pins_.write_o) {
      EXPECT_FALSE(answer_in_) << "a write before the last one was answered";
      made.push_back({pins_.write_addr_o * 4u, pins_.write_data_o});
      answer_in_ = 1 + random_() % 9;
    }
    pins_.clk_i = 1;
    pins_.eval();
  }

  void take_burst() {
    const std::uint64_t bytes = (pins_.axi_arlen_o + 1u) * 64;
    EXPECT_LE(bytes, 1024u);
    EXPECT_EQ(pins_.axi_araddr_o / 4096, (pins_.axi_araddr_o + bytes - 1) / 4096);
    EXPECT_TRUE(burst_.empty()) << "one burst at a time";
    const std::uint64_t first = (pins_.axi_araddr_o - base_) / 64;
    for (unsigned i = 0; i <= pins_.axi_arlen_o; ++i) burst_.push_back(first + i);
    EXPECT_LT(burst_.back() * 8, list_->size()) << "a beat that nobody needs";
  }

  void fill_beat() {
    for (std::uint64_t lane = 0; lane < 8; ++lane) {
      const std::uint64_t at = burst_.front() * 8 + lane;
      const bool inside = at < list_->size();
      pins_.axi_rdata_i[2 * lane] =
          inside ? (*list_)[at].address : static_cast<std::uint32_t>(random_());
      pins_.axi_rdata_i[2 * lane + 1] =
          inside ? (*list_)[at].data : static_cast<std::uint32_t>(random_());
    }
    if (faults_.bad_beat == beats_) pins_.axi_rresp_i = 2;
  }

  std::mt19937_64 random_;
  Vwrite_list pins_;
  std::uint64_t base_ = 0;
  const std::vector<Write>* list_ = nullptr;
  Faults faults_;
  std::deque<std::uint64_t> burst_;  // beats of the list still to send
  std::size_t beats_ = 0;            // sent so far
  std::optional<std::uint64_t> answer_in_;
};

std::vector<Write> some_list(ListBench& bench, std::size_t count) {
  std::vector<Write> list(count);
  for (Write& write : list) {
    write.address = static_cast<std::uint32_t>(bench.random()() % 0x4000 * 4);
    write.data = static_cast<std::uint32_t>(bench.random()());
  }
  return list;
}

// Anywhere in 64 bits but across 4 GiB.
std::uint64_t some_base(ListBench& bench) {
  const std::uint64_t base = bench.random()() / 1024 * 1024;
  return base % (1ull << 32) > (1ull << 32) - 8192 ? base - 8192 : base;
}

TEST(WriteList, MakesEveryWriteInOrderForEveryLength) {
  ListBench bench;
  for (std::size_t count = 0; count < 300; ++count) {
    const auto list = some_list(bench, count);
    ASSERT_TRUE(bench.run(some_base(bench), list)) << count;
    ASSERT_EQ(bench.made, list) << count;
    EXPECT_EQ(bench.done(), count);
    EXPECT_FALSE(bench.failed());
  }
}

TEST(WriteList, EndsAtTheFirstRefusedWriteAndCanBeginAgain) {
  ListBench bench;
  for (std::size_t at = 0; at < 150; ++at) {
    const auto list = some_list(bench, 150);
    ASSERT_TRUE(bench.run(some_base(bench), list, {.refused_write = at, .bad_beat = {}}));
    EXPECT_TRUE(bench.failed());
    EXPECT_EQ(bench.done(), at);
    EXPECT_EQ(bench.made.size(), at + 1);
  }
  const auto list = some_list(bench, 40);
  ASSERT_TRUE(bench.run(some_base(bench), list));
  EXPECT_FALSE(bench.failed());
  EXPECT_EQ(bench.made, list);
}

TEST(WriteList, EndsAtAnEntryThatIsNoRegistersAddress) {
  ListBench bench;
  for (const std::uint32_t address : {0x10000u, 0x80000000u, 0x0022u, 0x0021u}) {
    for (const std::size_t at : {0u, 7u, 8u, 63u, 127u, 128u, 149u}) {
      auto list = some_list(bench, 150);
      list[at].address = address;
      ASSERT_TRUE(bench.run(some_base(bench), list));
      EXPECT_TRUE(bench.failed());
      EXPECT_EQ(bench.done(), at);
      EXPECT_EQ(bench.made.size(), at) << "nothing is written there";
    }
  }
}

TEST(WriteList, EndsWhenTheMemoryAnswersWithAnError) {
  ListBench bench;
  for (std::size_t beat = 0; beat < 19; ++beat) {
    const auto list = some_list(bench, 150);
    ASSERT_TRUE(bench.run(some_base(bench), list, {.refused_write = {}, .bad_beat = beat}));
    EXPECT_TRUE(bench.failed());
    EXPECT_EQ(bench.done(), beat * 8) << "nothing of a bad beat is written";
  }
}

}  // namespace
}  // namespace sluice::test
