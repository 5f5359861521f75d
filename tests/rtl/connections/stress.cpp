#include "stress.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::conn {
namespace {

class Generator {
 public:
  Generator(const Stress& stress, std::mt19937_64& random) : stress_(stress), random_(random) {
    for (std::uint64_t i = 0; i < stress.keys; ++i) pool_.push_back(new_key());
  }

  double chance() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

  Operation next() {
    Operation op;
    op.key = choose_key();
    if (chance() < stress_.host_share) {
      op.event = random_() % 2 == 0 ? layout::kConnection_restore : layout::kConnection_remove;
      op.host_state = static_cast<std::uint8_t>(1 + random_() % 7);
      op.host_backend = static_cast<std::uint16_t>(random_() % 4096);
      const auto left = any_timeout();
      std::fill(std::begin(op.timeouts), std::end(op.timeouts), left);
    } else {
      op.event = choose_event();
      for (auto& timeout : op.timeouts) {
        timeout = any_timeout();
      }
    }
    op.sees_return = random_() % 2 == 0;
    op.on_down = static_cast<std::uint8_t>(random_() % 3);
    op.on_removed = static_cast<std::uint8_t>(random_() % 3);
    op.offer = op.host() || random_() % 16 != 0;
    // Few numbers around the wrap, so that resets are near as often as not.
    op.sequence = static_cast<std::uint16_t>(0xfffc + random_() % 9);
    op.acknowledged = static_cast<std::uint16_t>(0xfffc + random_() % 9);
    return op;
  }

 private:
  std::uint32_t any_timeout() {
    return static_cast<std::uint32_t>(random_() % (stress_.most_timeout + 1U));
  }

  std::uint64_t new_key() {
    return random_() & ((std::uint64_t{1} << layout::kConnectionKeyBits) - 1);
  }

  std::uint64_t choose_key() {
    const double share = chance();
    std::uint64_t key = 0;
    if (share < 0.5 && !recent_.empty()) {
      key = recent_[random_() % recent_.size()];
    } else if (chance() < stress_.new_share) {
      key = new_key();
    } else {
      key = pool_[random_() % pool_.size()];
    }
    recent_.push_back(key);
    if (recent_.size() > 7) recent_.pop_front();
    return key;
  }

  std::uint8_t choose_event() {
    // Half of them inserts.
    static constexpr std::uint8_t kCreates[] = {
        layout::kConnection_syn, layout::kConnection_syn, layout::kConnection_data_in,
        layout::kConnection_data_in, layout::kConnection_udp_in};
    return random_() % 2 == 0 ? kCreates[random_() % std::size(kCreates)]
                              : static_cast<std::uint8_t>(random_() % layout::kConnection_restore);
  }

  const Stress& stress_;
  std::mt19937_64& random_;
  std::vector<std::uint64_t> pool_;
  std::deque<std::uint64_t> recent_;
};

void change_the_world(const Stress& stress, std::uint64_t cycle, TableDriver& table) {
  auto& random = table.random();
  if (cycle % stress.epoch_cycles == 0) table.advance_epoch();
  if (stress.sweeps && cycle % 4096 == 0) table.set_sweep(random() % 2 == 0);
  if (stress.press && cycle % 1024 == 0) table.set_press(random() % 2 == 0);
  if (stress.gone && cycle % 64 == 0) {
    for (int i = 0; i < 4; ++i) {
      const auto valid = static_cast<std::uint8_t>(random() % 2 == 0 ? 1 : random() % 4);
      table.set_valid(static_cast<std::uint16_t>(random() % 32), valid);
    }
  }
}

}  // namespace

RoundKeys random_round_keys(std::uint64_t seed) {
  std::mt19937_64 random(seed ^ 0x5eedULL);
  RoundKeys keys{};
  for (auto& key : keys) key = static_cast<std::uint32_t>(random() & kHalfMask);
  return keys;
}

Outcome run_stress(const Stress& stress) {
  TableDriver table(stress.seed, random_round_keys(stress.seed));
  table.set_backends(32);
  table.set_now(stress.first_epoch);
  Generator generator(stress, table.random());
  double busy = 1.0;
  for (std::uint64_t i = 0, cycle = 0; i < stress.operations && !table.failed(); ++cycle) {
    if (cycle % 1024 == 0) busy = table.random()() % 3 == 0 ? 1.0 : generator.chance();
    change_the_world(stress, cycle, table);
    if (generator.chance() < stress.read_share) {
      const std::uint64_t any = table.random()();
      const bool stash = (any & 1) != 0;
      table.want_read({stash,
                       static_cast<std::uint32_t>(any >> 32) % (1U << TableDriver::kBucketBits),
                       static_cast<std::uint32_t>(any >> 8) % (stash ? 32U : 16U)});
    }
    if (generator.chance() >= busy) {
      table.step();
      continue;
    }
    table.step(generator.next());
    ++i;
  }
  Outcome outcome;
  outcome.counters = table.counters();
  table.drain();
  const auto settled = [&table, &outcome] {
    if (outcome.difference.empty()) outcome.difference = table.difference();
    if (outcome.difference.empty()) outcome.difference = table.oracle().settled();
    return outcome.difference.empty();
  };
  const std::size_t left = table.oracle().entries().size();
  if (settled()) table.compare_contents();
  if (settled()) table.look_up_all();
  if (settled()) table.expire_all();
  settled();
  const Oracle& oracle = table.oracle();
  outcome.not_stored = oracle.not_stored;
  outcome.reclaimed = oracle.reclaimed;
  outcome.renewed = oracle.renewed;
  outcome.resets = oracle.resets;
  outcome.ignored_gone = oracle.ignored_gone;
  outcome.sweeps = oracle.sweeps;
  outcome.evictions = oracle.evictions;
  outcome.summary = fmt::format(
      "{} packets, {} of the host, {} hits, {} inserted, {} not stored, {} renewed, {} reset, {} "
      "reclaimed, {} swept, {} evicted, {} spilled, {} moved, {} swapped, {} aborted, {} reads, {} "
      "gone "
      "ignored, {} left",
      outcome.counters.requests, outcome.counters.host_operations, oracle.hits, oracle.inserted,
      oracle.not_stored, oracle.renewed, oracle.resets, oracle.reclaimed, oracle.sweeps,
      oracle.evictions, outcome.counters.spilled, outcome.counters.moved, outcome.counters.swapped,
      outcome.counters.aborted, outcome.counters.reads, oracle.ignored_gone, left);
  return outcome;
}

}  // namespace sluice::conn
