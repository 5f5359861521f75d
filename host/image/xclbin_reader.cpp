#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "axlf.hpp"
#include "foreign.hpp"
#include "image/xclbin.hpp"
#include "xml.hpp"

namespace sluice::image {
namespace {

constexpr const char* kAgain = "copy it again, or pack or link it anew";

constexpr std::array<const char*, 32> kSectionNames{
    "BITSTREAM",
    "CLEARING_BITSTREAM",
    "EMBEDDED_METADATA",
    "FIRMWARE",
    "DEBUG_DATA",
    "SCHED_FIRMWARE",
    "MEM_TOPOLOGY",
    "CONNECTIVITY",
    "IP_LAYOUT",
    "DEBUG_IP_LAYOUT",
    "DESIGN_CHECK_POINT",
    "CLOCK_FREQ_TOPOLOGY",
    "MCS",
    "BMC",
    "BUILD_METADATA",
    "KEYVALUE_METADATA",
    "USER_METADATA",
    "DNA_CERTIFICATE",
    "PDI",
    "BITSTREAM_PARTIAL_PDI",
    "PARTITION_METADATA",
    "EMULATION_DATA",
    "SYSTEM_METADATA",
    "SOFT_KERNEL",
    "ASK_FLASH",
    "AIE_METADATA",
    "ASK_GROUP_TOPOLOGY",
    "ASK_GROUP_CONNECTIVITY",
    "SMARTNIC",
    "AIE_RESOURCES",
    "OVERLAY",
    "VENDER_METADATA",
};

// Memory types whose size and address are ids of streams.
constexpr std::uint8_t kMemoryStreaming = 3;
constexpr std::uint8_t kMemoryStreamingConnection = 9;

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}

  base::Result<Xclbin> read() {
    if (check_file() && read_header() && read_sections() && read_contents()) return out_;
    return base::Error{base::Errc::bad_image, problem_, where_};
  }

 private:
  // A programmer's error if it is out of bounds: at() throws and nobody catches.
  static std::uint64_t number(std::string_view bytes, std::size_t at, std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      value |= std::uint64_t{static_cast<std::uint8_t>(bytes.at(at + i))} << (8 * i);
    }
    return value;
  }

  static Uuid uuid_at(std::string_view bytes, std::size_t at) {
    Uuid uuid;
    for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
      uuid.bytes[i] = static_cast<std::uint8_t>(bytes.at(at + i));
    }
    return uuid;
  }

  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  // A name that ends within its field and is readable.
  bool read_name(std::string_view bytes, std::size_t at, std::size_t field_bytes,
                 const std::string& what, std::string& name) {
    const std::string_view field = bytes.substr(at, field_bytes);
    const std::size_t end = field.find('\0');
    if (end == std::string_view::npos) {
      return fail(fmt::format("{} is not terminated within its {} bytes: the file is corrupt; {}",
                              what, field_bytes, kAgain));
    }
    name = field.substr(0, end);
    const bool plain =
        std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c < 127; });
    return plain || fail(fmt::format("{} has bytes that are no text: the file is corrupt; {}", what,
                                     kAgain));
  }

  bool check_file() {
    if (bytes_.empty()) return fail(fmt::format("the file is empty; {}", kAgain));
    if (bytes_.size() > kMaxXclbinBytes) {
      return fail(fmt::format("the file has {} bytes, an xclbin at most {}; is it another file?",
                              bytes_.size(), kMaxXclbinBytes));
    }
    const std::size_t begin = std::min(bytes_.size(), axlf::kMagic.size());
    if (bytes_.substr(0, begin) != axlf::kMagic.substr(0, begin)) {
      return fail(describe_foreign(bytes_));
    }
    if (bytes_.size() < axlf::kSections) {
      return fail(fmt::format("truncated: {} bytes, and the header alone has {}; {}", bytes_.size(),
                              axlf::kSections, kAgain));
    }
    return check_length();
  }

  bool check_length() {
    length_ = number(bytes_, axlf::kLength, 8);
    const auto signature = static_cast<std::uint32_t>(number(bytes_, axlf::kSignatureLength, 4));
    const std::uint64_t signature_bytes = signature == 0xffffffff ? 0 : signature;
    if (length_ > bytes_.size() || signature_bytes > bytes_.size() - length_) {
      return fail(fmt::format(
          "truncated: {} bytes, its header says {}; {}", bytes_.size(),
          fmt::to_string(length_) +
              (signature_bytes == 0 ? "" : fmt::format(" and a signature of {}", signature_bytes)),
          kAgain));
    }
    if (length_ + signature_bytes < bytes_.size()) {
      return fail(
          fmt::format("{} bytes, but its header says {}: something was appended, or the "
                      "header is corrupt; {}",
                      bytes_.size(), length_ + signature_bytes, kAgain));
    }
    if (length_ < axlf::kSections) {
      return fail(
          fmt::format("its header says {} bytes, less than a header has; {}", length_, kAgain));
    }
    return true;
  }

  bool read_header() {
    const std::uint64_t mode = number(bytes_, axlf::kMode, 2);
    if (mode == axlf::kFlat || mode == axlf::kPr) {
      out_.mode = Mode::hw;
    } else if (mode == axlf::kHwEmu || mode == axlf::kHwEmuPr) {
      out_.mode = Mode::hw_emu;
    } else {
      return fail(
          fmt::format("mode {} is neither for a card (0, 1) nor for hardware emulation (4, "
                      "6); link it with v++ --target hw or hw_emu",
                      mode));
    }
    out_.created_unix_s = number(bytes_, axlf::kTimeStamp, 8);
    out_.interface_uuid = uuid_at(bytes_, axlf::kInterfaceUuid);
    out_.uuid = uuid_at(bytes_, axlf::kUuid);
    return read_name(bytes_, axlf::kPlatform, axlf::kPlatformBytes, "the platform's name",
                     out_.platform);
  }

  bool read_sections() {
    const std::uint64_t count = number(bytes_, axlf::kSectionCount, 4);
    const std::uint64_t room = (length_ - axlf::kSections) / axlf::kSectionHeaderBytes;
    if (count == 0) return fail(fmt::format("it has no sections; {}", kAgain));
    if (count > axlf::kMaxSections || count > room) {
      return fail(fmt::format("its header says {} sections, but {}: the file is corrupt; {}", count,
                              count > room
                                  ? fmt::format("there is room for {}", room)
                                  : fmt::format("at most {} are allowed", axlf::kMaxSections),
                              kAgain));
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (!read_section(i, axlf::kSections + count * axlf::kSectionHeaderBytes)) return false;
    }
    return check_overlap();
  }

  bool read_section(std::size_t index, std::uint64_t headers_end) {
    const std::size_t at = axlf::kSections + index * axlf::kSectionHeaderBytes;
    Section section;
    section.kind = static_cast<std::uint32_t>(number(bytes_, at, 4));
    section.offset = number(bytes_, at + axlf::kSectionOffset, 8);
    section.bytes = number(bytes_, at + axlf::kSectionSize, 8);
    const std::string what = fmt::format("section {} ({})", index, section_name(section.kind));
    if (!read_name(bytes_, at + axlf::kSectionName, axlf::kSectionNameBytes, "the name of " + what,
                   section.name)) {
      return false;
    }
    if (section.bytes == 0 && section.offset == 0) return true;  // the format's "not present"
    if (section.offset < headers_end || section.offset > length_ ||
        section.bytes > length_ - section.offset) {
      return fail(
          fmt::format("{} shall lie at {} with {} bytes, outside of the file's {} to {}: "
                      "truncated or corrupt; {}",
                      what, section.offset, section.bytes, headers_end, length_, kAgain));
    }
    if (section.offset % axlf::kSectionAlignment != 0) {
      return fail(fmt::format("{} lies at {}, which is no multiple of {}: the file is corrupt; {}",
                              what, section.offset, axlf::kSectionAlignment, kAgain));
    }
    out_.sections.push_back(std::move(section));
    return true;
  }

  bool check_overlap() {
    std::vector<const Section*> order;
    for (const Section& section : out_.sections) order.push_back(&section);
    std::sort(order.begin(), order.end(),
              [](const Section* a, const Section* b) { return a->offset < b->offset; });
    for (std::size_t i = 1; i < order.size(); ++i) {
      const Section& before = *order[i - 1];
      if (before.offset + before.bytes <= order[i]->offset) continue;
      return fail(fmt::format("sections {} and {} overlap: the file is corrupt; {}",
                              section_name(before.kind), section_name(order[i]->kind), kAgain));
    }
    return true;
  }

  // The one section of a kind; empty if there is none. Two of them are an error.
  bool find_section(axlf::Kind kind, std::string_view& data) {
    bool found = false;
    for (const Section& section : out_.sections) {
      if (section.kind != kind) continue;
      if (found) {
        return fail(
            fmt::format("two sections {}: the file is corrupt; {}", section_name(kind), kAgain));
      }
      found = true;
      data = bytes_.substr(section.offset, section.bytes);
    }
    return true;
  }

  // `data` holds exactly what its count says; up to one entry more is padding.
  bool read_count(axlf::Kind kind, std::string_view data, std::size_t first, std::size_t entry,
                  std::size_t& count) {
    const char* name = section_name(kind);
    if (data.size() < first) {
      return fail(
          fmt::format("{} is {}; {}", name, data.empty() ? "missing" : "too short", kAgain));
    }
    const std::uint64_t said = number(data, 0, 4);
    if (said > axlf::kMaxEntries || data.size() < first + said * entry ||
        data.size() >= first + (said + 1) * entry + axlf::kSectionAlignment) {
      return fail(
          fmt::format("{} says {} entries of {} bytes but has {} bytes: the file is "
                      "corrupt; {}",
                      name, said, entry, data.size(), kAgain));
    }
    count = said;
    return true;
  }

  bool read_contents() {
    std::string_view bitstream, memories, ips, connections, xml, partition;
    if (!find_section(axlf::kBitstream, bitstream) || !find_section(axlf::kMemTopology, memories) ||
        !find_section(axlf::kIpLayout, ips) || !find_section(axlf::kConnectivity, connections) ||
        !find_section(axlf::kEmbeddedMetadata, xml) ||
        !find_section(axlf::kPartitionMetadata, partition)) {
      return false;
    }
    out_.bitstream = bitstream;
    out_.kernel_xml = xml;
    out_.partition_metadata = partition;
    return read_memories(memories) && read_ips(ips) &&
           (connections.empty() || read_connections(connections)) && check_xml() &&
           check_bitstream();
  }

  bool read_memories(std::string_view data) {
    std::size_t count = 0;
    if (!read_count(axlf::kMemTopology, data, axlf::kMemories, axlf::kMemoryBytes, count)) {
      return false;
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = axlf::kMemories + i * axlf::kMemoryBytes;
      Memory memory;
      memory.type = static_cast<std::uint8_t>(number(data, at, 1));
      memory.used = number(data, at + axlf::kMemoryUsed, 1) != 0;
      memory.size_kb = number(data, at + axlf::kMemorySizeKb, 8);
      memory.base_address = number(data, at + axlf::kMemoryBase, 8);
      if (!read_name(data, at + axlf::kMemoryTag, axlf::kMemoryTagBytes,
                     fmt::format("the name of memory {}", i), memory.tag)) {
        return false;
      }
      const bool streams =
          memory.type == kMemoryStreaming || memory.type == kMemoryStreamingConnection;
      if (!streams && memory.size_kb > (~std::uint64_t{0} - memory.base_address) >> 10) {
        return fail(
            fmt::format("memory {} ({}) reaches beyond the address space: the file is "
                        "corrupt; {}",
                        i, memory.tag, kAgain));
      }
      out_.memories.push_back(std::move(memory));
    }
    return true;
  }

  bool read_ips(std::string_view data) {
    std::size_t count = 0;
    if (!read_count(axlf::kIpLayout, data, axlf::kIps, axlf::kIpBytes, count)) return false;
    std::set<std::string> names;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = axlf::kIps + i * axlf::kIpBytes;
      Ip ip;
      ip.type = static_cast<std::uint32_t>(number(data, at, 4));
      ip.properties = static_cast<std::uint32_t>(number(data, at + axlf::kIpProperties, 4));
      ip.base_address = number(data, at + axlf::kIpBase, 8);
      if (!read_name(data, at + axlf::kIpName, axlf::kIpNameBytes,
                     fmt::format("the name of IP {}", i), ip.name)) {
        return false;
      }
      if (ip.type == kIpKernel && !names.insert(ip.name).second) {
        return fail(fmt::format("two IPs are named {}: the file is corrupt; {}", ip.name, kAgain));
      }
      out_.ips.push_back(std::move(ip));
    }
    return true;
  }

  bool read_connections(std::string_view data) {
    std::size_t count = 0;
    if (!read_count(axlf::kConnectivity, data, axlf::kConnections, axlf::kConnectionBytes, count)) {
      return false;
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = axlf::kConnections + i * axlf::kConnectionBytes;
      Connection connection;
      connection.argument = static_cast<std::uint32_t>(number(data, at, 4));
      connection.ip = static_cast<std::uint32_t>(number(data, at + axlf::kConnectionIp, 4));
      connection.memory = static_cast<std::uint32_t>(number(data, at + axlf::kConnectionMemory, 4));
      if (connection.argument > 0x7fffffff) {
        return fail(
            fmt::format("CONNECTIVITY entry {} has a negative argument: the file is "
                        "corrupt; {}",
                        i, kAgain));
      }
      if (connection.ip >= out_.ips.size()) {
        return fail(fmt::format("CONNECTIVITY entry {} names IP {}, but IP_LAYOUT has {}; {}", i,
                                connection.ip, out_.ips.size(), kAgain));
      }
      if (connection.memory >= out_.memories.size()) {
        return fail(
            fmt::format("CONNECTIVITY entry {} names memory {}, but MEM_TOPOLOGY has {}; "
                        "{}",
                        i, connection.memory, out_.memories.size(), kAgain));
      }
      if (!out_.memories[connection.memory].used) {
        return fail(
            fmt::format("CONNECTIVITY entry {} names memory {} ({}), which is not used in "
                        "this image; {}",
                        i, connection.memory, out_.memories[connection.memory].tag, kAgain));
      }
      out_.connections.push_back(connection);
    }
    return true;
  }

  bool check_xml() {
    if (out_.kernel_xml.empty()) {
      return fail(fmt::format("EMBEDDED_METADATA is missing; {}", kAgain));
    }
    const auto xml = parse_xml(out_.kernel_xml);
    if (xml) return true;
    return fail(
        fmt::format("EMBEDDED_METADATA is not readable ({}); {}", xml.error().message(), kAgain));
  }

  bool check_bitstream() {
    const std::string_view bits = std::string_view(out_.bitstream);
    if (out_.mode == Mode::hw_emu) return true;
    if (bits.empty()) {
      return fail(
          "an image for a card without a BITSTREAM has nothing to program; link it with "
          "v++ --target hw, or pack it with --bitstream");
    }
    if (bits.starts_with("agfi-") || bits.starts_with("{")) {
      return fail(
          "an .awsxclbin: its BITSTREAM names an AWS image of F1, which XRT on an Alveo "
          "card cannot load; an f2 image is named by its AGFI: `sluice image pack --board "
          "f2 --agfi agfi-...`");
    }
    return true;
  }

  std::string_view bytes_;
  const std::string& where_;
  std::uint64_t length_ = 0;
  Xclbin out_;
  std::string problem_;
};

}  // namespace

const char* name(Mode mode) { return mode == Mode::hw ? "hw" : "hw_emu"; }

const char* section_name(std::uint32_t kind) {
  return kind < kSectionNames.size() ? kSectionNames[kind] : "unknown";
}

const Ip* Xclbin::find_kernel(std::string_view kernel) const {
  for (const Ip& ip : ips) {
    const std::string_view full = ip.name;
    if (ip.type == kIpKernel && full.substr(0, full.find(':')) == kernel) return &ip;
  }
  return nullptr;
}

base::Result<Xclbin> parse_xclbin(std::string_view bytes, const std::string& where) {
  return Reader(bytes, where).read();
}

}  // namespace sluice::image
