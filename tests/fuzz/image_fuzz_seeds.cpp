// image_fuzz_seeds FOLDER: puts the first inputs of xclbin_fuzz and manifest_fuzz there.
#include <cstdio>
#include <fstream>
#include <string>

#include "image/image.hpp"
#include "image/pack.hpp"

namespace {

using namespace sluice::image;

PackRequest request_for(Board board) {
  PackRequest request;
  request.board = board;
  request.clock_khz = 300'000;
  request.platform = std::string("xilinx_") + name(board) + "_gen3x16_xdma_1_202210_1";
  if (board == Board::u55c) {
    request.macs = 2;
    request.interface_uuid.bytes.fill(7);
    request.bitstream = std::string("\x00\x09\x0f\xf0\x0f\xf0\x0f\xf0\x0f\xf0\x00\x00\x01", 13) +
                        std::string(
                            "a\x00\x02t\x00"
                            "b\x00\x07xcu55c\x00",
                            15);
  }
  return request;
}

void spill(const std::string& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

bool write_xclbins(const std::string& folder) {
  for (const Board board : {Board::emu, Board::u55c}) {
    auto xclbin = make_xclbin(request_for(board));
    if (!xclbin) return false;
    // A short description leaves more of the mutations to the binary sections.
    xclbin->kernel_xml = "<project a='1'><b/></project>";
    const auto bytes = to_bytes(*xclbin);
    if (!bytes) return false;
    spill(folder + "/xclbin-" + name(board), *bytes);
  }
  return true;
}

void write_manifests(const std::string& folder) {
  Manifest manifest;
  manifest.platform = "xilinx_u55c_gen3x16_xdma_3_202210_1";
  manifest.image_uuid.bytes.fill(1);
  manifest.interface_uuid.bytes.fill(7);
  manifest.board = Board::u55c;
  manifest.kernel = kKernelName;
  manifest.clock_khz = 300'000;
  manifest.sha256 = std::string(64, 'a');
  spill(folder + "/u55c", to_json(manifest));
  manifest.board = Board::emu;
  manifest.interface_uuid = {};
  spill(folder + "/emu", to_json(manifest));
  Manifest f2;
  f2.board = Board::f2;
  f2.platform = "0x10212415";
  f2.agfi = "agfi-0123456789abcdef0";
  f2.clock_khz = 250'000;
  spill(folder + "/f2", to_json(f2));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  write_manifests(argv[1]);
  return write_xclbins(argv[1]) ? 0 : 1;
}
