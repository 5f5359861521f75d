// Where the fields of an xclbin lie ("AXLF", magic xclbin2). All numbers are little-endian. A test
// holds these against XRT's xclbin.h where that is installed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::image::axlf {

inline constexpr std::string_view kMagic{"xclbin2\0", 8};

// From the start of the file.
inline constexpr std::size_t kSignatureLength = 8;  // int32, -1: not signed
inline constexpr std::size_t kReserved = 12;        // 28 bytes and a key block of 256, all ones
inline constexpr std::size_t kReservedBytes = 28 + 256;
inline constexpr std::size_t kUniqueId = 296;
inline constexpr std::size_t kLength = 304;  // of the whole file without a signature
inline constexpr std::size_t kTimeStamp = 312;
inline constexpr std::size_t kVersionMajor = 330;
inline constexpr std::size_t kVersionMinor = 331;
inline constexpr std::size_t kMode = 332;  // uint16
inline constexpr std::size_t kInterfaceUuid = 336;
inline constexpr std::size_t kPlatform = 352;
inline constexpr std::size_t kPlatformBytes = 64;
inline constexpr std::size_t kUuid = 416;
inline constexpr std::size_t kSectionCount = 448;  // uint32
inline constexpr std::size_t kSections = 456;      // the section headers

// From the start of a section header.
inline constexpr std::size_t kSectionHeaderBytes = 40;
inline constexpr std::size_t kSectionName = 4;
inline constexpr std::size_t kSectionNameBytes = 16;
inline constexpr std::size_t kSectionOffset = 24;
inline constexpr std::size_t kSectionSize = 32;
inline constexpr std::size_t kSectionAlignment = 8;

inline constexpr std::uint32_t kMaxSections = 256;  // v++ writes some 15

enum Kind : std::uint32_t {
  kBitstream = 0,
  kEmbeddedMetadata = 2,
  kMemTopology = 6,
  kConnectivity = 7,
  kIpLayout = 8,
  kPartitionMetadata = 20,
};

// Values of the mode. Flat and partially reconfigured images are both for cards.
enum ModeValue : std::uint16_t { kFlat = 0, kPr = 1, kHwEmu = 4, kHwEmuPr = 6 };

// MEM_TOPOLOGY: int32 count, then from kMemories on.
inline constexpr std::size_t kMemories = 8;
inline constexpr std::size_t kMemoryBytes = 40;
inline constexpr std::size_t kMemoryUsed = 1;
inline constexpr std::size_t kMemorySizeKb = 8;
inline constexpr std::size_t kMemoryBase = 16;
inline constexpr std::size_t kMemoryTag = 24;
inline constexpr std::size_t kMemoryTagBytes = 16;

// IP_LAYOUT: int32 count, then from kIps on.
inline constexpr std::size_t kIps = 8;
inline constexpr std::size_t kIpBytes = 80;
inline constexpr std::size_t kIpProperties = 4;
inline constexpr std::size_t kIpBase = 8;
inline constexpr std::size_t kIpName = 16;
inline constexpr std::size_t kIpNameBytes = 64;
inline constexpr std::uint32_t kIpControlShift = 8;
inline constexpr std::uint32_t kControlNone = 2;  // a kernel that XRT neither starts nor polls

// CONNECTIVITY: int32 count, then from kConnections on.
inline constexpr std::size_t kConnections = 4;
inline constexpr std::size_t kConnectionBytes = 12;
inline constexpr std::size_t kConnectionIp = 4;
inline constexpr std::size_t kConnectionMemory = 8;

// More than any card has.
inline constexpr std::uint32_t kMaxEntries = 4096;

}  // namespace sluice::image::axlf
