#include <fmt/format.h>

#include "driver/identity.hpp"
#include "flash/programmer.hpp"
#include "layout/registers.hpp"

namespace sluice::flash {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::uint32_t kAllOnes = 0xffffffff;

Result<void> expect(driver::Board& board, std::uint32_t offset, const char* name,
                    std::uint32_t expected) {
  const auto value = board.read(offset);
  if (!value) return value.error();
  if (*value == expected) return {};
  return Error{Errc::verify_failed,
               fmt::format("register {} holds {:08x}, the manifest says {:08x}: the card runs "
                           "another image, or image and manifest are not of one build",
                           name, *value, expected),
               board.name()};
}

// The host's mark in scratch stays as it was.
Result<void> check_scratch(driver::Board& board) {
  const auto before = board.read(layout::kReg_scratch);
  if (!before) return before.error();
  if (auto done = driver::check_writes(board); !done) return done;
  return board.write(layout::kReg_scratch, *before);
}

}  // namespace

Result<Identity> read_identity(driver::Board& board) {
  Identity identity;
  const auto magic = board.read(layout::kReg_magic);
  if (!magic) return magic.error();
  const auto abi = board.read(layout::kReg_abi_version);
  if (!abi) return abi.error();
  const auto build = board.read(layout::kReg_build_id);
  if (!build) return build.error();
  return Identity{*magic, *abi, *build};
}

Result<void> verify_card(driver::Board& board, const image::Manifest& manifest) {
  const auto magic = board.read(layout::kReg_magic);
  if (!magic) return magic.error();
  if (*magic == kAllOnes) {
    return Error{Errc::link_down,
                 "every read answers 0xffffffff: the bus was not rescanned after the load, or the "
                 "shell gave up on the access",
                 board.name()};
  }
  if (*magic != layout::kMagic) {
    return Error{Errc::verify_failed,
                 fmt::format("register magic holds {:08x} and not {:08x}: what was loaded is no "
                             "Sluice card",
                             *magic, layout::kMagic),
                 board.name()};
  }
  if (auto same = expect(board, layout::kReg_abi_version, "abi_version", manifest.abi_version);
      !same) {
    return same;
  }
  if (auto same = expect(board, layout::kReg_build_id, "build_id", manifest.build_id); !same) {
    return same;
  }
  if (auto same = expect(board, layout::kReg_layout_hash, "layout_hash", manifest.layout_hash);
      !same) {
    return same;
  }
  return check_scratch(board);
}

}  // namespace sluice::flash
