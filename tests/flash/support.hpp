// Images of two builds, and a folder for each test.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "flash/flash.hpp"
#include "image/image.hpp"
#include "image/pack.hpp"
#include "layout/registers.hpp"

namespace sluice::flash {

inline const image::Uuid kInterface = *image::Uuid::parse("862c7020-a250-293e-3203-6f19956669e5");
inline constexpr const char* kPlatform = "xilinx_u55c_gen3x16_xdma_3_202210_1";
inline constexpr const char* kShell = "0x10212415";
inline constexpr std::uint32_t kOldBuild = 0x01d01d01;
inline constexpr std::uint32_t kNewBuild = 0x00e400e4;

class TempFolder {
 public:
  TempFolder() {
    std::string name = testing::TempDir() + "sl-flash-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code none;
    std::filesystem::remove_all(path_, none);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

inline std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline image::Manifest manifest_of(image::Board board, std::uint32_t build_id) {
  image::Manifest manifest;
  manifest.board = board;
  manifest.platform = board == image::Board::f2 ? kShell : kPlatform;
  manifest.build_id = build_id;
  manifest.abi_version = layout::kAbiVersion;
  manifest.layout_hash = layout::layout_hash();
  manifest.clock_khz = 250'000;
  manifest.timing_met = true;
  return manifest;
}

// A bitstream as Vivado writes it, with the bits that are given.
inline std::string bit_file(const std::string& bits) {
  const auto field = [](char letter, const std::string& text) {
    std::string bytes{letter, '\0', static_cast<char>(text.size() + 1)};
    return bytes + text + '\0';
  };
  return std::string("\x00\x09\x0f\xf0\x0f\xf0\x0f\xf0\x0f\xf0\x00\x00\x01", 13) +
         field('a', "top;Version=2022.1") + field('b', "xcu55c-fsvh2892-2L-e") + "e" + bits;
}

// An xclbin for U55C, whose UUID follows from the build.
inline image::Image make_u55c_image(const std::string& path, std::uint32_t build_id,
                                    unsigned macs = 1) {
  image::PackRequest request;
  request.board = image::Board::u55c;
  request.platform = kPlatform;
  request.interface_uuid = kInterface;
  request.clock_khz = 250'000;
  request.macs = macs;
  request.bitstream = bit_file(std::to_string(build_id));
  const auto xclbin = image::make_xclbin(request);
  EXPECT_TRUE(xclbin.ok()) << (xclbin ? "" : xclbin.error().message());
  image::Manifest manifest = manifest_of(image::Board::u55c, build_id);
  manifest.interface_uuid = kInterface;
  manifest.kernel = image::kKernelName;
  const auto written = image::write_image(path, *xclbin, manifest);
  EXPECT_TRUE(written.ok()) << (written ? "" : written.error().message());
  return image::read_image(path).value();
}

inline image::Image make_emulation_image(const std::string& path, std::uint32_t build_id) {
  image::PackRequest request;
  request.platform = "xilinx_u250_sluice_emu_1";
  request.clock_khz = 250'000;
  const auto xclbin = image::make_xclbin(request);
  EXPECT_TRUE(xclbin.ok()) << (xclbin ? "" : xclbin.error().message());
  image::Manifest manifest = manifest_of(image::Board::emu, build_id);
  manifest.platform = request.platform;
  manifest.kernel = image::kKernelName;
  const auto written = image::write_image(path, *xclbin, manifest);
  EXPECT_TRUE(written.ok()) << (written ? "" : written.error().message());
  return image::read_image(path).value();
}

inline image::Image make_f2_image(const std::string& path, const std::string& agfi,
                                  std::uint32_t build_id) {
  image::Manifest manifest = manifest_of(image::Board::f2, build_id);
  manifest.agfi = agfi;
  const auto written = image::write_image(path, {}, manifest);
  EXPECT_TRUE(written.ok()) << (written ? "" : written.error().message());
  return image::read_image(path).value();
}

// All that a report says, for failed expectations.
inline std::string text_of(const FlashReport& report) {
  std::string text = std::string("outcome ") + name(report.outcome) + ", runs " +
                     report.runs.value_or("(unknown)") + "\n";
  for (const StepReport& step : report.steps) {
    text += std::string(name(step.step)) + (step.done ? " done " : " FAILED ") + step.detail + "\n";
  }
  for (const std::string& note : report.notes) text += "note: " + note + "\n";
  if (report.error) text += "error: " + report.error->message() + "\n";
  if (report.way_back) text += "way back: " + report.way_back->message() + "\n";
  return text + report.next_step;
}

}  // namespace sluice::flash
