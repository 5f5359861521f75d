// libFuzzer target of the xclbin reader: any bytes give either a reason or an xclbin whose parts
// lie within the file and name only each other, and which comes back the same when it is written.
#include "image/xclbin.hpp"
#include "must.hpp"

namespace {

using namespace sluice;

void check_parts(const image::Xclbin& xclbin, std::size_t file_bytes) {
  for (const image::Section& section : xclbin.sections) {
    MUST(section.offset <= file_bytes && section.bytes <= file_bytes - section.offset);
    MUST(section.name.size() < 16);
  }
  for (const image::Connection& connection : xclbin.connections) {
    MUST(connection.ip < xclbin.ips.size());
    MUST(connection.memory < xclbin.memories.size());
    MUST(xclbin.memories[connection.memory].used);
  }
  for (const image::Memory& memory : xclbin.memories) MUST(memory.tag.size() < 16);
  for (const image::Ip& ip : xclbin.ips) MUST(ip.name.size() < 64);
  MUST(xclbin.platform.size() < 64);
  MUST(xclbin.mode == image::Mode::hw_emu || !xclbin.bitstream.empty());
}

void check_written_again(const image::Xclbin& xclbin) {
  const auto bytes = image::to_bytes(xclbin);
  if (!bytes) return;  // a name that the writer does not write: empty, or with a blank
  const auto read = image::parse_xclbin(*bytes, "fuzz.xclbin");
  MUST(read.ok());
  MUST(read->mode == xclbin.mode && read->platform == xclbin.platform);
  MUST(read->memories == xclbin.memories && read->ips == xclbin.ips);
  MUST(read->connections == xclbin.connections);
  MUST(read->kernel_xml == xclbin.kernel_xml && read->bitstream == xclbin.bitstream);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto read = image::parse_xclbin(bytes, "fuzz.xclbin");
  if (!read) {
    MUST(read.error().code == base::Errc::bad_image);
    MUST(!read.error().what.empty() && read.error().where == "fuzz.xclbin");
    return 0;
  }
  check_parts(*read, size);
  check_written_again(*read);
  return 0;
}
