// The kernel metadata of an xclbin. xrt::ip takes from it which addresses a program may touch, so
// ranges and arguments come from the layouts.
#include <fmt/format.h>

#include <bit>

#include "board_facts.hpp"
#include "image/image.hpp"
#include "image/pack.hpp"
#include "layout/kernel_arguments.hpp"
#include "xml.hpp"

namespace sluice::image {
namespace {

constexpr const char* kSlave = "s_axi_control";
constexpr const char* kMaster = "m_axi_tables";

std::string kernel_head(std::string_view name) {
  return fmt::format(
      "        <kernel name=\"{0}\" language=\"ip_c\" vlnv=\"sluice:kernel:{0}:1.0\" "
      "attributes=\"\" preferredWorkGroupSizeMultiple=\"0\" workGroupSize=\"1\" "
      "interrupt=\"false\" hwControlProtocol=\"user_managed\">\n",
      name);
}

std::string slave_port(std::uint32_t range_bytes) {
  return fmt::format(
      "          <port name=\"{}\" mode=\"slave\" range=\"{:#x}\" dataWidth=\"32\" "
      "portType=\"addressable\" base=\"0x0\"/>\n",
      kSlave, range_bytes);
}

std::string instance(std::string_view name, std::uint64_t base, std::uint32_t range_bytes) {
  return fmt::format(
      "          <instance name=\"{}\"><addrRemap base=\"{:#x}\" range=\"{:#x}\" "
      "port=\"{}\"/></instance>\n        </kernel>\n",
      name, base, range_bytes, kSlave);
}

std::string register_argument(unsigned id, std::string_view name, std::uint32_t offset,
                              std::uint32_t bytes) {
  return fmt::format(
      "          <arg name=\"{}\" addressQualifier=\"0\" id=\"{}\" port=\"{}\" size=\"{:#x}\" "
      "offset=\"{:#x}\" hostOffset=\"0x0\" hostSize=\"{:#x}\" type=\"uint\"/>\n",
      name, id, kSlave, bytes, offset, bytes);
}

// The pointer that registers list_addr_lo and _hi are. XRT never writes it (the kernel is
// user_managed); it only finds the bank for a buffer by it.
std::string table_argument() {
  return fmt::format(
      "          <port name=\"{0}\" mode=\"master\" range=\"0xFFFFFFFFFFFFFFFF\" "
      "dataWidth=\"512\" portType=\"addressable\" base=\"0x0\"/>\n"
      "          <arg name=\"list_addr\" addressQualifier=\"1\" id=\"{1}\" port=\"{0}\" "
      "size=\"0x8\" offset=\"{2:#x}\" hostOffset=\"0x0\" hostSize=\"0x8\" type=\"void*\"/>\n",
      kMaster, kTablesArgument, static_cast<std::uint32_t>(layout::kReg_list_addr_lo));
}

std::string card_kernel(const PackRequest& request) {
  const std::uint32_t range_bytes = register_bytes(request.board);
  std::string text = kernel_head(kKernelName) + slave_port(range_bytes);
  if (request.table_memory) text += table_argument();
  unsigned id = kTablesArgument + 1;
  const bool with_shell = request.board != Board::emu;
  for (const layout::KernelArgument& argument : layout::kernel_arguments(with_shell)) {
    text += register_argument(id++, argument.name, argument.offset, argument.bytes);
  }
  return text + instance("sluice_card_1", kKernelBase, range_bytes);
}

}  // namespace

// Ranges are powers of two.
std::uint32_t register_bytes(Board board) {
  if (board == Board::emu) return layout::kApertureBytes;
  return std::bit_ceil(layout::kApertureBytes + layout::kShellApertureBytes);
}

std::string kernel_xml(const PackRequest& request) {
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<project name=\"sluice\">\n"
      "  <platform vendor=\"xilinx\" boardid=\"{}\" name=\"{}\" featureRomTime=\"0\">\n"
      "    <version major=\"1\" minor=\"0\"/>\n"
      "    <device name=\"fpga0\" fpgaDevice=\"{}\" addrWidth=\"0\">\n"
      "      <core name=\"OCL_REGION_0\" target=\"{}\" type=\"clc_region\" clockFreq=\"{}MHz\" "
      "numComputeUnits=\"60\">\n",
      name(request.board), escape_xml(request.platform), facts_of(request.board).fpga_device,
      request.board == Board::emu ? "hw_em" : "bitstream", request.clock_khz / 1000);
  text += card_kernel(request);
  for (unsigned mac = 0; mac < request.macs; ++mac) {
    const std::string kernel = fmt::format("cmac_{}", mac);
    text += kernel_head(kernel) + slave_port(kMacBytes) +
            instance(kernel + "_1", kMacBase + std::uint64_t{mac} * kMacBytes, kMacBytes);
  }
  return text + "      </core>\n    </device>\n  </platform>\n</project>\n";
}

}  // namespace sluice::image
