#include "image/pack.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "axlf.hpp"
#include "board_facts.hpp"
#include "foreign.hpp"
#include "image/image.hpp"

namespace sluice::image {
namespace {

constexpr std::uint64_t kKbPerMb = 1024;

base::Error invalid(std::string what) { return {base::Errc::invalid, std::move(what), ""}; }

Ip kernel_ip(std::string name, std::uint64_t base_address) {
  return {kIpKernel, axlf::kControlNone << axlf::kIpControlShift, base_address, std::move(name)};
}

base::Result<void> check_emulated_bitstream(const std::string& bits) {
  if (bits.empty() || bits.starts_with("PK\x03\x04")) return {};
  return invalid(
      "the BITSTREAM of an emulated card is the zip of its simulation; leave "
      "--bitstream out, sluice-sim is the simulation");
}

base::Result<void> check_bitstream(const PackRequest& request) {
  const BoardFacts& facts = facts_of(request.board);
  const std::string& bits = request.bitstream;
  if (request.board == Board::emu) return check_emulated_bitstream(bits);
  if (bits.empty()) {
    return invalid(fmt::format("an image for {} needs --bitstream FILE (the .bit of Vivado)",
                               name(request.board)));
  }
  if (!bits.starts_with(kBitHeader)) {
    return invalid("the bitstream does not begin as a .bit file of Vivado: " +
                   describe_foreign(bits));
  }
  const std::string part = part_of_bit_file(bits);
  if (part.starts_with(facts.part)) return {};
  return invalid(
      fmt::format("the bitstream is for part '{}', and {} has {}; give the .bit that "
                  "was built for this board",
                  part, name(request.board), facts.part));
}

}  // namespace

const BoardFacts& facts_of(Board board) {
  static const BoardFacts kU55c{"virtexuplusHBM:xcu55c:fsvh2892:-2L:e",
                                "xcu55c",
                                {kMemoryHbm, true, 512 * kKbPerMb, 0, "HBM[0]"}};
  static const BoardFacts kU280{"virtexuplusHBM:xcu280:fsvh2892:-2L:e",
                                "xcu280",
                                {kMemoryHbm, true, 256 * kKbPerMb, 0, "HBM[0]"}};
  static const BoardFacts kU250{"virtexuplus:xcu250:figd2104:-2L:e",
                                "xcu250",
                                {kMemoryDdr4, true, 16384 * kKbPerMb, 0x4000000000, "bank0"}};
  static const BoardFacts kEmu{
      "virtexuplus:xcu250:figd2104:-2L:e", nullptr, {kMemoryDdr4, true, 64 * kKbPerMb, 0, "bank0"}};
  switch (board) {
    case Board::u55c:
      return kU55c;
    case Board::u280:
      return kU280;
    case Board::u250:
      return kU250;
    case Board::emu:
      return kEmu;
    case Board::f2:
    case Board::opennic:
    case Board::corundum:
      break;
  }
  std::abort();
}

Memory table_bank(Board board) { return facts_of(board).table_bank; }

base::Result<Xclbin> make_xclbin(const PackRequest& request) {
  if (request.board == Board::f2) {
    return invalid("f2 images are made by AWS's create-fpga-image, not packed into an xclbin");
  }
  if (!has_xclbin(request.board)) {
    return invalid(fmt::format("an image for {} is the file that Vivado wrote, no xclbin",
                               name(request.board)));
  }
  if (request.macs > kMaxMacs) {
    return invalid(fmt::format("{} MACs; at most {}", request.macs, kMaxMacs));
  }
  if (auto bits = check_bitstream(request); !bits) return bits.error();
  Xclbin xclbin;
  xclbin.mode = request.board == Board::emu ? Mode::hw_emu : Mode::hw;
  xclbin.created_unix_s = request.created_unix_s;
  xclbin.interface_uuid = request.interface_uuid;
  xclbin.platform = request.platform;
  xclbin.ips.push_back(kernel_ip(kInstanceName, kKernelBase));
  for (unsigned mac = 0; mac < request.macs; ++mac) {
    xclbin.ips.push_back(kernel_ip(fmt::format("cmac_{0}:cmac_{0}_1", mac),
                                   kMacBase + std::uint64_t{mac} * kMacBytes));
  }
  if (request.table_memory) {
    xclbin.memories.push_back(table_bank(request.board));
    xclbin.connections.push_back({kTablesArgument, 0, 0});
  }
  xclbin.kernel_xml = kernel_xml(request);
  xclbin.bitstream = request.bitstream;
  return xclbin;
}

}  // namespace sluice::image
