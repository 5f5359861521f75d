// An xclbin, the container in which XRT takes an image: reader and writer.
//
// The reader trusts nothing: every offset, length, count, index and name is checked before use. It
// takes what our own packer and what v++ write; sections it does not know are listed and kept out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "image/uuid.hpp"

namespace sluice::image {

enum class Mode { hw, hw_emu };

const char* name(Mode mode);

struct Memory {
  std::uint8_t type = 0;  // kMemory...
  bool used = false;
  std::uint64_t size_kb = 0;
  std::uint64_t base_address = 0;
  std::string tag;  // HBM[0], bank0; at most 15 characters

  bool operator==(const Memory&) const = default;
};

inline constexpr std::uint8_t kMemoryDdr4 = 1;
inline constexpr std::uint8_t kMemoryHbm = 6;
inline constexpr std::uint8_t kMemoryHost = 10;

struct Ip {
  std::uint32_t type = 0;        // kIpKernel, or one that XRT minds
  std::uint32_t properties = 0;  // of a kernel: bits 15:8 the control protocol
  std::uint64_t base_address = 0;
  std::string name;  // kernel:instance; at most 63 characters

  bool operator==(const Ip&) const = default;
};

inline constexpr std::uint32_t kIpKernel = 1;

struct Connection {
  std::uint32_t argument = 0;  // id of the kernel's <arg>
  std::uint32_t ip = 0;        // index into Xclbin::ips
  std::uint32_t memory = 0;    // index into Xclbin::memories

  bool operator==(const Connection&) const = default;
};

// What the file's table of sections says, in its order.
struct Section {
  std::uint32_t kind = 0;
  std::string name;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;

  bool operator==(const Section&) const = default;
};

struct Xclbin {
  Mode mode = Mode::hw_emu;
  std::uint64_t created_unix_s = 0;
  Uuid interface_uuid;  // the header's; files of v++ before 2023.1 leave it zero or hold another id
  std::string platform;  // VBNV; at most 63 characters
  Uuid uuid;
  std::vector<Memory> memories;
  std::vector<Ip> ips;
  std::vector<Connection> connections;
  std::string kernel_xml;          // EMBEDDED_METADATA
  std::string bitstream;           // BITSTREAM; empty: none
  std::string partition_metadata;  // PARTITION_METADATA (v++ writes it); empty: none

  std::vector<Section> sections;  // filled by the reader only

  // The instance of `kernel` ("sluice_card"); null if there is none.
  const Ip* find_kernel(std::string_view kernel) const;
};

// The shells' interfaces that the image can be loaded behind: those that PARTITION_METADATA names,
// else the header's.
std::vector<Uuid> interfaces_of(const Xclbin& xclbin);

inline constexpr std::size_t kMaxXclbinBytes = 512u << 20;

const char* section_name(std::uint32_t kind);  // "IP_LAYOUT"; "unknown" for kinds we do not know

// bad_image with what is wrong and the next step. `where` is the file's name in messages.
base::Result<Xclbin> parse_xclbin(std::string_view bytes, const std::string& where);

// The file's bytes. A zero uuid is replaced by one made from the content, so that equal images have
// equal ids. invalid: a name or a section that has no room in the format.
base::Result<std::string> to_bytes(const Xclbin& xclbin);

}  // namespace sluice::image
