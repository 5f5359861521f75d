// Refuses the packets of one capture file and writes the answers to another, for refusal_test.py.
//
// usage: refusal_pcap IN.pcap OUT.pcap    prints a line a packet: 1 answered, 0 not
#include <pcap/pcap.h>

#include <cstdio>

#include "net/refusal.hpp"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s IN.pcap OUT.pcap\n", argv[0]);
    return 2;
  }
  char error[PCAP_ERRBUF_SIZE];
  pcap_t* in = pcap_open_offline(argv[1], error);
  if (in == nullptr) {
    std::fprintf(stderr, "%s\n", error);
    return 1;
  }
  pcap_dumper_t* out = pcap_dump_open(in, argv[2]);
  if (out == nullptr) {
    std::fprintf(stderr, "%s: %s\n", argv[2], pcap_geterr(in));
    pcap_close(in);
    return 1;
  }
  pcap_pkthdr* info = nullptr;
  const unsigned char* data = nullptr;
  int status = 0;
  while ((status = pcap_next_ex(in, &info, &data)) == 1) {
    const auto answer = sluice::net::refusal_of({data, info->caplen});
    std::printf("%d\n", answer ? 1 : 0);
    if (!answer) continue;
    pcap_pkthdr header = *info;
    header.caplen = header.len = static_cast<bpf_u_int32>(answer->size());
    pcap_dump(reinterpret_cast<unsigned char*>(out), &header, answer->data());
  }
  pcap_dump_close(out);
  pcap_close(in);
  return status == PCAP_ERROR_BREAK ? 0 : 1;
}
