// libFuzzer target of the packet path: whatever comes in, the answer is lawful (check.hpp).
//
// Input: a control byte, a choice byte, then the frame. The control byte saves the fuzzer from
// guessing 32-bit addresses and checksums:
//   bit 0  epoch             bit 3  put a backend's address and port in as source
//   bit 1  port              bit 4  make the IPv4 header checksum right
//   bit 2  put a service's VIP and port in as destination   bit 5  make the MAC the card's
// The choice byte chooses the service.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "packet_gen/check.hpp"
#include "packet_gen/frame.hpp"
#include "packet_gen/run_path.hpp"
#include "packet_gen/tables.hpp"

namespace {

using namespace sluice;
using packet_gen::Bytes;
using packet_gen::store16;
using packet_gen::store32;
using packet_gen::store48;

const packet_gen::TableSet& tables() {
  static const std::unique_ptr<packet_gen::TableSet> kTables = packet_gen::make_tables(1);
  return *kTables;
}

void aim(Bytes& frame, uint8_t control, uint8_t choice) {
  const uint8_t epoch = control & 1;
  if (frame.size() < 14) return;
  if ((control & 32) != 0) store48(&frame[0], tables().images.config[epoch].mac);
  const size_t l3_at = frame[12] == 0x81 && frame[13] == 0 ? 18 : 14;
  if (frame.size() < l3_at + 20) return;
  const size_t header_bytes = (frame[l3_at] & 15) * 4u;
  const size_t l4_at = l3_at + header_bytes;
  const auto& services = tables().services[epoch];
  const packet_gen::ServiceSpec& service = services[choice % services.size()];
  const packet_gen::BackendSpec& backend = service.backends.front();
  const bool has_ports = frame.size() >= l4_at + 4;
  if ((control & 4) != 0) {
    store32(&frame[l3_at + 16], service.vip);
    if (has_ports) store16(&frame[l4_at + 2], service.port);
  }
  if ((control & 8) != 0) {
    store32(&frame[l3_at + 12], backend.address);
    if (has_ports) store16(&frame[l4_at], backend.port);
  }
  if ((control & 16) != 0 && frame.size() >= l4_at) {
    store16(&frame[l3_at + 10], 0);
    const std::span<const uint8_t> header(&frame[l3_at], header_bytes);
    store16(&frame[l3_at + 10], static_cast<uint16_t>(~packet_gen::ones_sum(header)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3 || size > 2 + layout::kMaxFrameBytes) return 0;
  const uint8_t control = data[0];
  Bytes frame(data + 2, data + size);
  aim(frame, control, data[1]);
  const uint8_t epoch = control & 1;
  const uint8_t port = (control >> 1) & 1;
  const path::PacketIn in = packet_gen::packet_in(frame, port, epoch);
  const path::PacketOut out = packet_gen::run_path(tables().images, in);
  const std::string fault = packet_gen::find_fault(tables().images, frame, port, epoch, out);
  if (!fault.empty()) {
    std::fprintf(stderr, "%s\n", fault.c_str());
    std::abort();
  }
  return 0;
}
