// xrt_test_image PATH: an image for the emulated card.
#include <cstdio>

#include "image/image.hpp"
#include "image/pack.hpp"

int main(int argc, char** argv) {
  using namespace sluice;
  if (argc != 2) return 2;
  image::PackRequest request;
  request.platform = "xilinx_u250_sluice_emu_1";
  request.clock_khz = layout::kClockKhz;
  request.macs = 2;
  const auto xclbin = image::make_xclbin(request);
  if (!xclbin) {
    std::fprintf(stderr, "%s\n", xclbin.error().message().c_str());
    return 1;
  }
  image::Manifest manifest;
  manifest.platform = request.platform;
  manifest.abi_version = layout::kAbiVersion;
  manifest.layout_hash = layout::layout_hash();
  manifest.kernel = image::kKernelName;
  manifest.clock_khz = request.clock_khz;
  manifest.timing_met = true;
  const auto done = image::write_image(argv[1], *xclbin, manifest);
  if (!done) std::fprintf(stderr, "%s\n", done.error().message().c_str());
  return done.ok() ? 0 : 1;
}
