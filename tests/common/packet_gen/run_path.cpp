#include "packet_gen/run_path.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace sluice::packet_gen {

// ap_uint keeps byte i of a frame as bits [8i+7:8i]: on a little-endian host, the bytes themselves.
static_assert(std::endian::native == std::endian::little);

path::PacketIn packet_in(std::span<const uint8_t> frame, uint8_t port, uint8_t epoch) {
  path::PacketIn in{};
  std::memcpy(&in.window, frame.data(), std::min<size_t>(frame.size(), sizeof(in.window)));
  in.frame_bytes = static_cast<uint16_t>(frame.size());
  in.port = port;
  in.epoch = epoch;
  return in;
}

path::PacketOut run_path(const Tables& tables, const path::PacketIn& in) {
  path::PacketOut out{};
  path::pipeline(in, tables.config, tables.service_keys0, tables.service_keys1, tables.return_keys0,
                 tables.return_keys1, tables.services, tables.vips0, tables.vips1, tables.ring,
                 tables.backends, out);
  return out;
}

void splice(std::span<const uint8_t> frame, const path::PacketOut& out, Bytes& result) {
  const size_t cut = std::min<size_t>(frame.size(), layout::kWindowBytes);
  result.resize(out.header_bytes);
  std::memcpy(result.data(), &out.header, out.header_bytes);
  result.insert(result.end(), frame.begin() + static_cast<std::ptrdiff_t>(cut), frame.end());
}

}  // namespace sluice::packet_gen
