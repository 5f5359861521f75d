// Small counters made narrow, so that every carry, wrap and hazard happens often.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <deque>
#include <random>

#include "Vcounter_bank.h"
#include "Vflow_slice.h"
#include "Vup_counter.h"
#include "bench.hpp"

namespace sluice::test {
namespace {

template <typename Model>
void clock(Model& model) {
  model.clk_i = 0;
  model.eval();
  model.clk_i = 1;
  model.eval();
}

// 5 bits, 8 entries. Adds come three cycles after their address, the carry one after that.
TEST(FlowSlice, AddsCarriesAndFreezesLikeTheOracle) {
  std::mt19937_64 random(seed());
  Vflow_slice slice;
  std::array<std::uint32_t, 8> value = {};
  std::array<std::uint32_t, 8> epoch_of = {};
  std::array<std::uint32_t, 8> frozen = {};
  struct Item {
    bool valid = false;
    std::uint32_t add = 0;
    bool carry = false;
  };
  std::deque<Item> items(5);
  std::uint32_t epoch = 0;
  std::uint32_t since_flip = 0;
  int saved = 0;
  int carries = 0;
  for (int cycle = 0; cycle < 200'000 || since_flip < 9; ++cycle) {
    Item item;
    item.valid = random() % 8 != 0;
    item.add = static_cast<std::uint32_t>(random() % 32);
    const auto spread = static_cast<std::uint32_t>(1 + cycle / 1000 % 8);
    std::uint32_t addr = static_cast<std::uint32_t>(random() % spread);
    // As a sweep would: every entry is touched before the epoch flips again.
    if (since_flip < 8) {
      item.valid = true;
      addr = since_flip;
    }
    if (++since_flip > 12 && random() % 40 == 0) {
      epoch ^= 1;
      since_flip = 0;
      item.valid = false;
    }
    slice.valid_i = item.valid;
    slice.epoch_i = static_cast<std::uint8_t>(epoch);
    slice.addr_i = static_cast<std::uint8_t>(addr);
    if (item.valid) {
      if (epoch_of[addr] != epoch) {
        frozen[addr] = value[addr];
        ++saved;
      }
      epoch_of[addr] = epoch;
      item.carry = value[addr] + item.add > 31;
      value[addr] = (value[addr] + item.add) % 32;
      carries += item.carry;
    }
    items.push_front(item);
    items.pop_back();
    slice.add_i = static_cast<std::uint8_t>(items[3].valid ? items[3].add : random() % 32);
    slice.host_read_i = 0;
    slice.clk_i = 0;
    slice.eval();
    if (items[4].valid) {
      ASSERT_EQ(slice.carry_o, items[4].carry) << cycle;
    }
    clock(slice);
  }
  slice.valid_i = 0;
  for (int i = 0; i < 8; ++i) clock(slice);
  for (std::uint32_t addr = 0; addr < 8; ++addr) {
    slice.host_read_i = 1;
    slice.host_addr_i = static_cast<std::uint8_t>(addr);
    clock(slice);
    slice.host_read_i = 0;
    clock(slice);
    EXPECT_EQ(slice.host_data_o, frozen[addr]) << addr;
  }
  EXPECT_GT(saved, 1000);
  EXPECT_GT(carries, 10'000);
}

// Three counters, the one in the middle masked out, of 20 bits in parts of 12, 4 and 4.
TEST(CounterBank, AddsWrapsAndFreezesLikeTheOracle) {
  std::mt19937_64 random(seed());
  Vcounter_bank bank;
  bank.rst_i = 1;
  clock(bank);
  bank.rst_i = 0;
  std::array<std::uint64_t, 3> value = {};
  int wraps = 0;
  for (int round = 0; round < 5000; ++round) {
    const auto cycles = static_cast<int>(random() % 10);
    const bool small = random() % 2 == 0;
    std::uint64_t frozen = 0;
    for (int i = 0; i <= cycles + 4; ++i) {
      bank.valid_i = i <= cycles ? random() % 8 : 0;
      bank.add_i = 0;
      bank.freeze_i = i == cycles;
      if (bank.freeze_i) frozen = value[0] | value[2] << 40;
      for (std::size_t k = 0; k < 3; ++k) {
        const std::uint64_t add = random() % (small ? 2 : 65'536);
        bank.add_i |= add << 16 * k;
        if (k == 1 || (bank.valid_i >> k & 1) == 0) continue;
        wraps += value[k] + add >= 1u << 20;
        value[k] = (value[k] + add) % (1u << 20);
      }
      clock(bank);
    }
    ASSERT_EQ(bank.frozen_o, frozen);
  }
  EXPECT_GT(wraps, 100);
}

// Four parts of 2 bits. A reader at any moment sees a value that the counter had.
TEST(UpCounter, NeverShowsHalfACarry) {
  std::mt19937_64 random(seed());
  Vup_counter counter;
  counter.rst_i = 1;
  clock(counter);
  counter.rst_i = 0;
  std::deque<std::uint32_t> steps(4, 0);  // as of 0 to 3 cycles ago
  int wraps = 0;
  for (int cycle = 0; cycle < 20'000; ++cycle) {
    counter.step_i = cycle < 2000 || random() % 4 != 0;
    wraps += counter.step_i != 0 && steps.front() % 256 == 255;
    clock(counter);
    steps.push_front(steps.front() + counter.step_i);
    steps.pop_back();
    ASSERT_EQ(counter.count_o, steps.back() % 256) << cycle;
  }
  EXPECT_GT(wraps, 50);
}

}  // namespace
}  // namespace sluice::test
