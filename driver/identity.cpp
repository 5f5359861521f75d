#include "driver/identity.hpp"

#include <cstdio>

#include "layout/describe.hpp"
#include "layout/registers.hpp"
#include "layout/shell_registers.hpp"

namespace sluice::driver {
namespace {

using base::Errc;
using base::Error;

constexpr std::uint32_t kAllOnes = 0xffffffff;
constexpr std::uint32_t kLastShellKind = 4;

std::string hex(std::uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", value);
  return text;
}

Error incompatible(const Board& board, const std::string& what) {
  return {Errc::incompatible, what, board.name()};
}

base::Result<void> check_magic(Board& board) {
  auto magic = board.read(layout::kReg_magic);
  if (!magic) return magic.error();
  if (*magic == kAllOnes) {
    return Error{Errc::link_down,
                 "every read answers 0xffffffff: the card is gone from the bus or not configured; "
                 "load its image and rescan the bus",
                 board.name()};
  }
  if (*magic == layout::kMagic) return {};
  return incompatible(board, "not a Sluice card: register magic holds " + hex(*magic) +
                                 " instead of " + hex(layout::kMagic) +
                                 "; load a Sluice image or name another board");
}

// The tables of this program must be the card's.
base::Result<void> check_layouts(const Board& board, const DeviceInfo& info) {
  if (info.layout_hash != layout::layout_hash()) {
    return incompatible(
        board, "the card was built from other table layouts (hash " + hex(info.layout_hash) +
                   ", this program " + hex(layout::layout_hash()) + ", card's build " +
                   hex(info.build_id) + "); use card image and program of one revision");
  }
  const struct {
    std::uint32_t held;
    std::uint32_t expected;
    const char* what;
  } capacities[] = {{info.ports, layout::kPorts, "ports"},
                    {info.services, layout::kServices, "services"},
                    {info.backends, layout::kBackends, "backends"},
                    {info.ring_slots, layout::kRingSlots, "ring slots"}};
  for (const auto& capacity : capacities) {
    if (capacity.held == capacity.expected) continue;
    return incompatible(board, "the card holds " + std::to_string(capacity.held) + " " +
                                   capacity.what + ", this program is built for " +
                                   std::to_string(capacity.expected) +
                                   "; use card image and program of one revision");
  }
  return {};
}

}  // namespace

base::Result<DeviceInfo> identify(Board& board) {
  if (auto good = check_magic(board); !good) return good.error();
  auto abi = board.read(layout::kReg_abi_version);
  if (!abi) return abi.error();
  if (*abi >> 16 != layout::kAbiVersion >> 16 || *abi < layout::kAbiVersion) {
    return incompatible(board, "the card speaks register ABI " + std::to_string(*abi >> 16) + "." +
                                   std::to_string(*abi & 0xffff) + ", this program needs " +
                                   std::to_string(layout::kAbiVersion >> 16) + "." +
                                   std::to_string(layout::kAbiVersion & 0xffff) +
                                   " or a later minor; load the card's image of this release");
  }
  DeviceInfo info;
  info.board = board.name();
  info.abi_version = *abi;
  const struct {
    std::uint32_t offset;
    std::uint32_t* to;
  } fields[] = {
      {layout::kReg_build_id, &info.build_id},     {layout::kReg_layout_hash, &info.layout_hash},
      {layout::kReg_cap_ports, &info.ports},       {layout::kReg_cap_services, &info.services},
      {layout::kReg_cap_backends, &info.backends}, {layout::kReg_cap_ring_slots, &info.ring_slots},
      {layout::kReg_clock_khz, &info.clock_khz},   {layout::kReg_tick_hz, &info.tick_hz}};
  for (const auto& field : fields) {
    auto value = board.read(field.offset);
    if (!value) return value.error();
    *field.to = *value;
  }
  if (auto good = check_layouts(board, info); !good) return good.error();
  return info;
}

base::Result<DeviceStatus> read_status(Board& board) {
  // One block would be cheaper, but only these offsets are promised to be readable.
  std::uint32_t value[9];
  const std::uint32_t offsets[9] = {
      layout::kReg_status,       layout::kReg_commits,      layout::kReg_in_flight,
      layout::kReg_tick,         layout::kReg_punt_status,  layout::kReg_inject_status,
      layout::kReg_config_id_lo, layout::kReg_config_id_hi, layout::kReg_cycles_hi};
  for (std::size_t i = 0; i < std::size(offsets); ++i) {
    auto word = board.read(offsets[i]);
    if (!word) return word.error();
    value[i] = *word;
  }
  auto low = board.read(layout::kReg_cycles_lo);
  if (!low) return low.error();
  auto high = board.read(layout::kReg_cycles_hi);
  if (!high) return high.error();
  auto asked_lost = board.read(layout::kReg_punt_asked_lost);
  if (!asked_lost) return asked_lost.error();
  DeviceStatus status;
  status.punt_asked_lost = split_asked_lost(*asked_lost);
  status.idle = (value[0] & layout::kStatusIdle) != 0;
  status.commit_busy = (value[0] & layout::kStatusCommitBusy) != 0;
  status.snapshot_busy = (value[0] & layout::kStatusSnapshotBusy) != 0;
  status.live_bank = (value[0] & layout::kStatusLiveBank) != 0 ? 1 : 0;
  status.commits = value[1];
  status.in_flight = value[2];
  status.tick = value[3];
  status.punt_waiting = value[4];
  status.inject_free = value[5];
  status.config_id = static_cast<std::uint64_t>(value[7]) << 32 | value[6];
  // When the low word wrapped between the two reads of the high one, it was just zero.
  status.cycles = static_cast<std::uint64_t>(*high) << 32 | (*high == value[8] ? *low : 0);
  return status;
}

base::Result<std::optional<ShellStatus>> read_shell_status(Board& board) {
  ShellStatus shell;
  const auto kind = board.read_shell(layout::kShellReg_shell_kind);
  if (!kind && kind.error().code != Errc::io) return kind.error();
  if (!kind || *kind == 0 || *kind > kLastShellKind) return std::optional<ShellStatus>();
  shell.kind = *kind;
  const struct {
    std::uint32_t offset;
    std::uint32_t* to;
  } fields[] = {{layout::kShellReg_tx_full, &shell.tx_full},
                {layout::kShellReg_rx_lost_0, &shell.rx_lost[0]},
                {layout::kShellReg_rx_lost_1, &shell.rx_lost[1]},
                {layout::kShellReg_tx_lost_0, &shell.tx_lost[0]},
                {layout::kShellReg_tx_lost_1, &shell.tx_lost[1]}};
  for (const auto& field : fields) {
    const auto value = board.read_shell(field.offset);
    if (!value) return value.error();
    *field.to = *value;
  }
  return std::optional(shell);
}

base::Result<void> check_writes(Board& board) {
  for (const std::uint32_t pattern : {0xa5c30f69u, 0x5a3cf096u}) {
    if (auto done = board.write(layout::kReg_scratch, pattern); !done) return done;
    auto value = board.read(layout::kReg_scratch);
    if (!value) return value.error();
    if (*value != pattern) {
      return Error{Errc::verify_failed,
                   "register writes do not arrive: scratch holds " + hex(*value) + " after " +
                       hex(pattern) + " was written; check the board's register access",
                   board.name()};
    }
  }
  return {};
}

}  // namespace sluice::driver
