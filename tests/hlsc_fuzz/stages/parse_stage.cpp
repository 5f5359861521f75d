// The packet path's first stage alone, for the comparison of its netlist with the native build.
#include "hlsc/annotate.hpp"
#include "parse.cpp"

namespace sluice {
namespace path {

// Random windows are hardly ever IPv4: the low bits of `random` put in what parse looks for.
HLSC_TOP void parse_stage(const PacketIn& in, const layout::Config& config HLSC_STABLE,
                          Parsed& out) {
  PacketIn packet = in;
  if (in.random & 1) packet.window.range(119, 96) = ap_uint<24>(0x450008u);
  if (in.random & 2) packet.window.range(191, 184) = ap_uint<8>(in.random & 4 ? 6 : 17);
  if (in.random & 8) packet.frame_bytes = static_cast<uint16_t>(in.frame_bytes | 128u);
  if (in.random & 16) packet.window.range(143, 128) = ap_uint<16>(0x5000u);
  out = parse(packet, config);
}

}  // namespace path
}  // namespace sluice
