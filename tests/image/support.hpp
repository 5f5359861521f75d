// Images for tests: small ones of our own, and xclbins put together by hand so that the reader is
// not only tested against our writer.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "axlf.hpp"
#include "image/image.hpp"
#include "image/pack.hpp"

namespace sluice::image {

inline const Uuid kInterface = *Uuid::parse("862c7020-a250-293e-3203-6f19956669e5");

inline std::string bit_file(const std::string& part) {
  const auto field = [](char letter, const std::string& text) {
    std::string bytes{letter, '\0', static_cast<char>(text.size() + 1)};
    return bytes + text + '\0';
  };
  return std::string("\x00\x09\x0f\xf0\x0f\xf0\x0f\xf0\x0f\xf0\x00\x00\x01", 13) +
         field('a', "top;UserID=0XFFFFFFFF;Version=2022.1") + field('b', part) + "e and the bits";
}

// As v++ writes PARTITION_METADATA: a flattened device tree.
inline std::string device_tree(const Uuid& interface_uuid) {
  const std::string digits = interface_uuid.to_hex();
  return std::string("\xd0\x0d\xfe\xed\0\0\0\xc0", 8) +
         std::string("\0\0\0\x01interfaces\0\0", 16) + "@" + digits +
         std::string("\0\0\0\0\0\0\x03\0\0\0\x21\0\0\0\x0b", 15) + digits +
         std::string("\0\0\0\0interface_uuid\0", 19);
}

inline PackRequest emulated() {
  PackRequest request;
  request.board = Board::emu;
  request.platform = "xilinx_u250_sluice_emu_1";
  request.clock_khz = 300'000;
  return request;
}

inline PackRequest for_u55c() {
  PackRequest request;
  request.board = Board::u55c;
  request.platform = "xilinx_u55c_gen3x16_xdma_3_202210_1";
  request.interface_uuid = kInterface;
  request.clock_khz = 300'000;
  request.macs = 2;
  request.bitstream = bit_file("xcu55c-fsvh2892-2L-e");
  return request;
}

inline Manifest manifest_for(const PackRequest& request) {
  Manifest manifest;
  manifest.board = request.board;
  manifest.platform = request.platform;
  manifest.interface_uuid = request.interface_uuid;
  manifest.build_id = 0x46ebb671;
  manifest.abi_version = layout::kAbiVersion;
  manifest.layout_hash = layout::layout_hash();
  manifest.kernel = kKernelName;
  manifest.clock_khz = request.clock_khz;
  manifest.timing_met = true;
  return manifest;
}

inline Manifest f2_manifest() {
  Manifest manifest;
  manifest.board = Board::f2;
  manifest.platform = "0x10212415";
  manifest.agfi = "agfi-0123456789abcdef0";
  manifest.build_id = 0x46ebb671;
  manifest.abi_version = layout::kAbiVersion;
  manifest.layout_hash = layout::layout_hash();
  manifest.clock_khz = 250'000;
  manifest.timing_met = true;
  return manifest;
}

// Of OpenNIC or Corundum, still without the digest of its bitstream.
inline Manifest bitstream_manifest(Board board) {
  Manifest manifest = f2_manifest();
  manifest.board = board;
  manifest.platform = board == Board::opennic ? "au55c" : "AU280";
  manifest.agfi.clear();
  return manifest;
}

inline std::string bytes_of(const PackRequest& request) {
  const auto xclbin = make_xclbin(request);
  EXPECT_TRUE(xclbin.ok()) << (xclbin ? "" : xclbin.error().message());
  const auto bytes = to_bytes(*xclbin);
  EXPECT_TRUE(bytes.ok()) << (bytes ? "" : bytes.error().message());
  return *bytes;
}

inline void put(std::string& bytes, std::size_t at, std::size_t count, std::uint64_t value) {
  for (std::size_t i = 0; i < count; ++i) bytes.at(at + i) = static_cast<char>(value >> (8 * i));
}

inline std::string number(std::uint64_t value, std::size_t count) {
  std::string bytes(count, '\0');
  put(bytes, 0, count, value);
  return bytes;
}

inline std::string padded(std::string text, std::size_t count) {
  text.resize(count);
  return text;
}

// An xclbin by hand, from the description of the format.
struct HandMade {
  struct Part {
    std::uint32_t kind;
    std::string bytes;
  };

  std::string bytes() const {
    std::string headers, data;
    const std::size_t start = 456 + 40 * parts.size();
    for (const Part& part : parts) {
      data.resize((start + data.size() + 7) / 8 * 8 - start);
      headers += number(part.kind, 4) + padded("", 20) + number(start + data.size(), 8) +
                 number(part.bytes.size(), 8);
      data += part.bytes;
    }
    std::string file = padded("xclbin2", 8) + std::string(4 + 28 + 256, '\xff') + number(0, 8);
    file += number(start + data.size(), 8) + number(1700000000, 8) + number(0, 8);
    file += number(0, 2) + number(2, 1) + number(14, 1) + number(mode, 2) + number(0, 2);
    file += padded("", 16) + padded(platform, 64) + padded("0123456789abcdef", 16) +
            padded("", 16) + number(parts.size(), 4) + padded("", 4);
    return file + headers + data;
  }

  Part& part(std::uint32_t kind) {
    for (Part& found : parts) {
      if (found.kind == kind) return found;
    }
    ADD_FAILURE() << "no section " << kind;
    return parts.front();
  }

  static std::string memory(unsigned type, unsigned used, std::uint64_t size_kb, std::uint64_t base,
                            const std::string& tag) {
    return number(type, 1) + number(used, 1) + padded("", 6) + number(size_kb, 8) +
           number(base, 8) + padded(tag, 16);
  }

  static std::string ip(unsigned type, std::uint64_t base, const std::string& ip_name) {
    return number(type, 4) + number(0x200, 4) + number(base, 8) + padded(ip_name, 64);
  }

  static std::string connection(std::uint32_t argument, std::uint32_t ip, std::uint32_t memory) {
    return number(argument, 4) + number(ip, 4) + number(memory, 4);
  }

  std::uint16_t mode = axlf::kHwEmu;
  std::string platform = "xilinx_u250_sluice_emu_1";
  // As v++ writes them: sections that we do not read stand between those that we do.
  std::vector<Part> parts{
      {axlf::kMemTopology, number(2, 4) + padded("", 4) + memory(1, 1, 65536, 0, "bank0") +
                               memory(10, 0, 16384, 0x2000000000, "HOST[0]")},
      {14, "{\"build_metadata\": {}}"},
      {axlf::kIpLayout, number(2, 4) + padded("", 4) +
                            ip(kIpKernel, 0x1c00000, "sluice_card:sluice_0") + ip(5, 0, "HBM[0]")},
      {axlf::kConnectivity, number(1, 4) + connection(0, 0, 0)},
      {99, "of a later version"},
      {axlf::kEmbeddedMetadata,
       "<?xml version=\"1.0\"?>\n<!-- by hand -->\n<project><platform><device><core>"
       "<kernel name=\"sluice_card\"><port name=\"S_AXI_CONTROL\" mode=\"slave\" range=\"0x10000\""
       "/></kernel></core></device></platform></project>\n"},
  };
};

// A folder that goes away with the test.
class ImageTest : public testing::Test {
 protected:
  ImageTest() {
    std::string name = testing::TempDir() + "sluice-image-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~ImageTest() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  static std::string slurp(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  static void spill(const std::string& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
  }

  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      result.push_back(entry.path().filename());
    }
    std::sort(result.begin(), result.end());
    return result;
  }

  std::string folder_;
};

}  // namespace sluice::image
