// Sends the packets of a pcap file through the native packet path with the tables of small_world.
//   path_pcap world            prints the addresses and ports of small_world as JSON
//   path_pcap run IN OUT       writes what leaves to OUT (forwarded packets only) and prints a line
//                              a packet: verdict reason egress_port service backend
#include <pcap/pcap.h>

#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>

#include "packet_gen/run_path.hpp"
#include "small_world.hpp"

namespace {

using namespace sluice;

int print_world() {
  using namespace path_test;
  const nlohmann::json world = {
      {"card_mac", kCardMac},
      {"client_mac", kClientMac},
      {"router_mac", kRouterMac},
      {"backend_mac", kBackendMac},
      {"port0_address", kPort0Address},
      {"port0_mtu", kPort0Mtu},
      {"port1_mtu", kPort1Mtu},
      {"tunnel_source", kTunnelSource},
      {"vip", kVip},
      {"backend", kBackend},
      {"backend_port", kBackendPort},
      {"dnat_port", kDnatPort},
      {"dsr_port", kDsrPort},
      {"ipip_port", kIpipPort},
      {"no_slots_port", kNoSlotsPort},
      {"down_port", kDownPort},
      {"unresolved_port", kUnresolvedPort},
      {"far_port", kFarPort},
      {"host_vip", kHostVip},
  };
  std::printf("%s\n", world.dump(1).c_str());
  return 0;
}

int run(const char* in_file, const char* out_file) {
  char error[PCAP_ERRBUF_SIZE];
  pcap_t* in = pcap_open_offline(in_file, error);
  if (in == nullptr) {
    std::fprintf(stderr, "%s: %s\n", in_file, error);
    return 1;
  }
  pcap_dumper_t* out = pcap_dump_open(in, out_file);
  if (out == nullptr) {
    std::fprintf(stderr, "%s: %s\n", out_file, pcap_geterr(in));
    return 1;
  }
  const auto tables = path_test::make_small_world();
  pcap_pkthdr* info = nullptr;
  const u_char* data = nullptr;
  packet_gen::Bytes leaving;
  int status = 0;
  while ((status = pcap_next_ex(in, &info, &data)) == 1) {
    const std::span<const uint8_t> frame(data, info->caplen);
    const path::PacketOut result =
        packet_gen::run_path(*tables, packet_gen::packet_in(frame, 0, 0));
    std::printf("%u %u %u %u %u\n", result.verdict, result.reason, result.egress_port,
                result.service, result.backend);
    if (result.verdict != path::kVerdictForward) continue;
    packet_gen::splice(frame, result, leaving);
    pcap_pkthdr header = *info;
    header.caplen = header.len = static_cast<bpf_u_int32>(leaving.size());
    pcap_dump(reinterpret_cast<u_char*>(out), &header, leaving.data());
  }
  if (status == PCAP_ERROR) std::fprintf(stderr, "%s: %s\n", in_file, pcap_geterr(in));
  pcap_dump_close(out);
  pcap_close(in);
  return status == PCAP_ERROR_BREAK ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "world") == 0) return print_world();
  if (argc == 4 && std::strcmp(argv[1], "run") == 0) return run(argv[2], argv[3]);
  std::fprintf(stderr, "usage: %s world | run IN.pcap OUT.pcap\n", argv[0]);
  return 2;
}
