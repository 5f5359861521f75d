#include "driver/connections.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "layout/registers.hpp"
#include "pause.hpp"

namespace sluice::driver {
namespace {

using base::Errc;
using base::Error;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kAllOnes = 0xffffffff;
constexpr std::uint32_t kRoundKeyBits = layout::kConnectionKeyBits / 2;
constexpr std::uint32_t kTicksLimit = 1U << 16;
constexpr int kFlushPatience = 20;  // times flush_timeout, while the card's clock is behind

base::Result<void> system_random(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      return Error{Errc::io, std::string("no random numbers: ") + std::strerror(errno),
                   "getrandom"};
    }
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

}  // namespace

Connections::Connections(Board& board, ConnectionOptions options)
    : board_(&board), options_(std::move(options)) {
  if (!options_.random) options_.random = system_random;
}

base::Result<std::uint32_t> Connections::status() {
  const auto value = board_->read(layout::kReg_conn_status);
  if (value && *value == kAllOnes) {
    return Error{Errc::link_down, "the card answers 0xffffffff; it is gone from the bus",
                 board_->name()};
  }
  return value;
}

// Register conn_status once `bit` is clear.
base::Result<std::uint32_t> Connections::wait_while(std::uint32_t bit, const char* what) {
  const auto begin = Clock::now();
  const auto deadline = begin + options_.operation_timeout;
  for (;;) {
    const auto value = status();
    if (!value || (*value & bit) == 0) return value;
    if (Clock::now() >= deadline) {
      return Error{Errc::hung, std::string(what) + " does not end; reset the card", board_->name()};
    }
    pause_since(begin);
  }
}

base::Result<void> Connections::require_use(const char* what) {
  const auto now = status();
  if (!now) return now.error();
  if ((*now & layout::kConnStatusInUse) != 0) return {};
  return Error{Errc::busy,
               std::string(what) + ": the connection table is not in use yet; try again",
               board_->name()};
}

base::Result<void> Connections::write_keys() {
  std::array<std::uint32_t, layout::kConnectionRounds> keys{};
  static_assert(layout::kReg_conn_round_key11 ==
                layout::kReg_conn_round_key0 + 4 * (layout::kConnectionRounds - 1));
  if (auto drawn = options_.random(std::as_writable_bytes(std::span(keys))); !drawn) return drawn;
  for (std::uint32_t& key : keys) key &= (1U << kRoundKeyBits) - 1;
  const auto done = board_->write_block(layout::kReg_conn_round_key0, keys);
  ::explicit_bzero(keys.data(), sizeof keys);
  return done;
}

base::Result<std::uint64_t> Connections::cycles() {
  for (;;) {
    const auto high = board_->read(layout::kReg_cycles_hi);
    if (!high) return high.error();
    const auto low = board_->read(layout::kReg_cycles_lo);
    if (!low) return low.error();
    const auto again = board_->read(layout::kReg_cycles_hi);
    if (!again) return again.error();
    if (*again == *high) return std::uint64_t{*high} << 32 | *low;
  }
}

base::Result<Connections::FlushWatch> Connections::watch_flush() {
  const auto now = cycles();
  if (!now) return now.error();
  return FlushWatch{Clock::now(), *now};
}

// `hung` once a flush has taken too long.
base::Result<void> Connections::check_flush(const FlushWatch& watch) {
  const auto taken = Clock::now() - watch.since;
  if (taken < options_.flush_timeout) return {};
  const auto now = cycles();
  if (!now) return now.error();
  if (*now - watch.cycles < options_.flush_cycles &&
      taken < kFlushPatience * options_.flush_timeout) {
    return {};
  }
  return Error{Errc::hung, "the flush of the connection table does not end; reset the card",
               board_->name()};
}

base::Result<void> Connections::put_into_use() {
  const auto tick_hz = board_->read(layout::kReg_tick_hz);
  if (!tick_hz) return tick_hz.error();
  const auto clock_khz = board_->read(layout::kReg_clock_khz);
  if (!clock_khz) return clock_khz.error();
  const std::uint32_t response_ticks = *clock_khz / layout::kResponseTicksPerMs;
  if (*tick_hz == 0 || *tick_hz >= kTicksLimit || response_ticks == 0 ||
      response_ticks >= kTicksLimit) {
    return Error{Errc::incompatible,
                 "epochs of a second cannot be made from " + std::to_string(*tick_hz) +
                     " ticks a second and a clock of " + std::to_string(*clock_khz) + " kHz",
                 board_->name()};
  }
  if (auto done = board_->write(layout::kReg_conn_epoch_ticks, *tick_hz); !done) return done;
  if (auto done = board_->write(layout::kReg_conn_response_ticks, response_ticks); !done) {
    return done;
  }
  if (auto done = board_->write(layout::kReg_conn_pressure, kConnectionPressure); !done) {
    return done;
  }
  if (auto done = board_->write(layout::kReg_conn_control, layout::kConnControlUse); !done) {
    return done;
  }
  const auto now = status();
  if (!now) return now.error();
  if ((*now & layout::kConnStatusInUse) != 0) return {};
  return Error{Errc::verify_failed, "the connection table does not come into use; reset the card",
               board_->name()};
}

base::Result<std::optional<Connections::Started>> Connections::start_step() {
  const auto now = status();
  if (!now) return now.error();
  if ((*now & layout::kConnStatusInUse) != 0) {
    starting_.reset();
    return std::optional(Started::kept);
  }
  if (!starting_) {
    if (auto done = write_keys(); !done) return done.error();
    if (auto done = begin_flush(); !done) return done.error();
    auto watch = watch_flush();
    if (!watch) return watch.error();
    starting_ = *watch;
    return std::optional<Started>();
  }
  if ((*now & layout::kConnStatusFlushing) != 0) {
    const auto done = check_flush(*starting_);
    if (done) return std::optional<Started>();
    starting_.reset();
    return done.error();
  }
  starting_.reset();
  if (auto done = put_into_use(); !done) return done.error();
  return std::optional(Started::fresh);
}

base::Result<Connections::Started> Connections::start() {
  starting_.reset();
  const auto begin = Clock::now();
  for (;;) {
    const auto started = start_step();
    if (!started) return started.error();
    if (started->has_value()) return **started;
    pause_since(begin);
  }
}

base::Result<void> Connections::begin_flush() {
  return board_->write(layout::kReg_conn_control, layout::kConnControlFlush);
}

base::Result<void> Connections::flush() {
  if (auto done = begin_flush(); !done) return done;
  const auto watch = watch_flush();
  if (!watch) return watch.error();
  for (;;) {
    const auto now = status();
    if (!now) return now.error();
    if ((*now & layout::kConnStatusFlushing) == 0) return {};
    if (auto done = check_flush(*watch); !done) return done;
    pause_since(watch->since);
  }
}

base::Result<void> Connections::begin_forget(std::uint16_t service) {
  if (auto good = require_use("no service was forgotten"); !good) return good;
  const auto now = status();
  if (!now) return now.error();
  if ((*now & layout::kConnStatusForgetting) != 0) {
    return Error{Errc::busy, "the card still forgets the connections of another service",
                 board_->name()};
  }
  if (auto done = board_->write(layout::kReg_conn_place, service); !done) return done;
  return board_->write(layout::kReg_conn_control, layout::kConnControlForget);
}

base::Result<ConnectionStatistics> Connections::statistics() {
  const auto now = status();
  if (!now) return now.error();
  ConnectionStatistics result;
  result.in_use = (*now & layout::kConnStatusInUse) != 0;
  result.flushing = (*now & layout::kConnStatusFlushing) != 0;
  result.forgetting = (*now & layout::kConnStatusForgetting) != 0;
  const auto epoch = board_->read(layout::kReg_conn_epoch);
  if (!epoch) return epoch.error();
  result.epoch = *epoch;
  std::array<std::uint32_t, 4> held{};
  static_assert(layout::kReg_conn_stash == layout::kReg_conn_entries + 4);
  if (auto done = board_->read_block(layout::kReg_conn_entries, held); !done) return done.error();
  result.entries = held[0];
  result.stash_now = held[1] & 0x3f;
  result.stash_most = held[1] >> 8 & 0x3f;
  static_assert(layout::kReg_conn_clients == layout::kReg_conn_entries + 12);
  result.clients = held[3];
  static_assert(layout::kReg_conn_evicted ==
                layout::kReg_conn_inserted + 4 * (kConnectionCounters - 1));
  auto done = board_->read_block(layout::kReg_conn_inserted, result.counters);
  if (!done) return done.error();
  return result;
}

}  // namespace sluice::driver
