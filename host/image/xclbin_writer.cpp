#include <fmt/format.h>

#include <algorithm>

#include "axlf.hpp"
#include "image/xclbin.hpp"
#include "sha256.hpp"

namespace sluice::image {
namespace {

void put(std::string& bytes, std::size_t at, std::size_t count, std::uint64_t value) {
  for (std::size_t i = 0; i < count; ++i) bytes.at(at + i) = static_cast<char>(value >> (8 * i));
}

void put(std::string& bytes, std::size_t at, std::string_view text) {
  bytes.replace(at, text.size(), text);
}

void put(std::string& bytes, std::size_t at, const Uuid& uuid) {
  for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
    bytes.at(at + i) = static_cast<char>(uuid.bytes[i]);
  }
}

// A name needs a byte for its end.
base::Result<void> check_name(const std::string& name, std::size_t field_bytes, const char* what) {
  const bool plain =
      std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 127; });
  if (!name.empty() && plain && name.size() < field_bytes) return {};
  return base::Error{base::Errc::invalid,
                     fmt::format("{} '{}' does not fit: give 1 to {} characters without blanks",
                                 what, name.substr(0, 80), field_bytes - 1),
                     ""};
}

base::Result<void> check_names(const Xclbin& xclbin) {
  auto done = check_name(xclbin.platform, axlf::kPlatformBytes, "platform");
  for (const Memory& memory : xclbin.memories) {
    if (done) done = check_name(memory.tag, axlf::kMemoryTagBytes, "memory");
  }
  for (const Ip& ip : xclbin.ips) {
    if (done) done = check_name(ip.name, axlf::kIpNameBytes, "IP");
  }
  return done;
}

std::string mem_topology(const Xclbin& xclbin) {
  const std::size_t count = xclbin.memories.size();
  std::string bytes(axlf::kMemories + count * axlf::kMemoryBytes, '\0');
  put(bytes, 0, 4, count);
  std::size_t at = axlf::kMemories;
  for (const Memory& memory : xclbin.memories) {
    put(bytes, at, 1, memory.type);
    put(bytes, at + axlf::kMemoryUsed, 1, memory.used ? 1 : 0);
    put(bytes, at + axlf::kMemorySizeKb, 8, memory.size_kb);
    put(bytes, at + axlf::kMemoryBase, 8, memory.base_address);
    put(bytes, at + axlf::kMemoryTag, memory.tag);
    at += axlf::kMemoryBytes;
  }
  return bytes;
}

std::string ip_layout(const Xclbin& xclbin) {
  const std::size_t count = xclbin.ips.size();
  std::string bytes(axlf::kIps + count * axlf::kIpBytes, '\0');
  put(bytes, 0, 4, count);
  std::size_t at = axlf::kIps;
  for (const Ip& ip : xclbin.ips) {
    put(bytes, at, 4, ip.type);
    put(bytes, at + axlf::kIpProperties, 4, ip.properties);
    put(bytes, at + axlf::kIpBase, 8, ip.base_address);
    put(bytes, at + axlf::kIpName, ip.name);
    at += axlf::kIpBytes;
  }
  return bytes;
}

std::string connectivity(const Xclbin& xclbin) {
  const std::size_t count = xclbin.connections.size();
  std::string bytes(axlf::kConnections + count * axlf::kConnectionBytes, '\0');
  put(bytes, 0, 4, count);
  std::size_t at = axlf::kConnections;
  for (const Connection& connection : xclbin.connections) {
    put(bytes, at, 4, connection.argument);
    put(bytes, at + axlf::kConnectionIp, 4, connection.ip);
    put(bytes, at + axlf::kConnectionMemory, 4, connection.memory);
    at += axlf::kConnectionBytes;
  }
  return bytes;
}

struct Data {
  std::uint32_t kind;
  std::string bytes;
};

std::vector<Data> sections_of(const Xclbin& xclbin) {
  std::vector<Data> sections;
  if (!xclbin.bitstream.empty()) sections.push_back({axlf::kBitstream, xclbin.bitstream});
  sections.push_back({axlf::kMemTopology, mem_topology(xclbin)});
  sections.push_back({axlf::kIpLayout, ip_layout(xclbin)});
  if (!xclbin.connections.empty()) {
    sections.push_back({axlf::kConnectivity, connectivity(xclbin)});
  }
  sections.push_back({axlf::kEmbeddedMetadata, xclbin.kernel_xml});
  if (!xclbin.partition_metadata.empty()) {
    sections.push_back({axlf::kPartitionMetadata, xclbin.partition_metadata});
  }
  return sections;
}

void put_header(std::string& bytes, const Xclbin& xclbin, std::size_t section_count) {
  put(bytes, 0, axlf::kMagic);
  put(bytes, axlf::kSignatureLength, 4, 0xffffffff);
  bytes.replace(axlf::kReserved, axlf::kReservedBytes, axlf::kReservedBytes, '\xff');
  put(bytes, axlf::kTimeStamp, 8, xclbin.created_unix_s);
  put(bytes, axlf::kVersionMajor, 1, 2);
  put(bytes, axlf::kVersionMinor, 1, 13);
  put(bytes, axlf::kMode, 2, xclbin.mode == Mode::hw ? axlf::kFlat : axlf::kHwEmu);
  put(bytes, axlf::kInterfaceUuid, xclbin.interface_uuid);
  put(bytes, axlf::kPlatform, xclbin.platform);
  put(bytes, axlf::kUuid, xclbin.uuid);
  put(bytes, axlf::kSectionCount, 4, section_count);
}

// Version 8 (RFC 9562: of the maker's own making), from the content without the id.
Uuid uuid_of(std::string_view bytes) {
  const auto digest = sha256(bytes);
  Uuid uuid;
  std::copy_n(digest.begin(), uuid.bytes.size(), uuid.bytes.begin());
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0f) | 0x80);
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);
  return uuid;
}

}  // namespace

base::Result<std::string> to_bytes(const Xclbin& xclbin) {
  if (auto names = check_names(xclbin); !names) return names.error();
  const std::vector<Data> sections = sections_of(xclbin);
  std::string bytes(axlf::kSections + sections.size() * axlf::kSectionHeaderBytes, '\0');
  put_header(bytes, xclbin, sections.size());
  std::size_t header = axlf::kSections;
  for (const Data& section : sections) {
    bytes.resize((bytes.size() + axlf::kSectionAlignment - 1) / axlf::kSectionAlignment *
                 axlf::kSectionAlignment);
    put(bytes, header, 4, section.kind);
    put(bytes, header + axlf::kSectionOffset, 8, bytes.size());
    put(bytes, header + axlf::kSectionSize, 8, section.bytes.size());
    header += axlf::kSectionHeaderBytes;
    bytes += section.bytes;
  }
  put(bytes, axlf::kLength, 8, bytes.size());
  if (bytes.size() > kMaxXclbinBytes) {
    return base::Error{base::Errc::invalid,
                       fmt::format("the image would have {} bytes, at most {} are allowed",
                                   bytes.size(), kMaxXclbinBytes),
                       ""};
  }
  if (xclbin.uuid.is_zero()) put(bytes, axlf::kUuid, uuid_of(bytes));
  return bytes;
}

}  // namespace sluice::image
