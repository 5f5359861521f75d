#include "pcap_port.hpp"

#include <utility>

#include "layout/registers.hpp"

namespace sluice::sim {

namespace {

constexpr int kSnapBytes = 65535;

timeval stamp_of(std::uint64_t cycle) {
  const std::uint64_t ns = cycle * 1'000'000 / layout::kClockKhz;
  timeval stamp;
  stamp.tv_sec = static_cast<time_t>(ns / 1'000'000'000);
  // With nanosecond precision the field holds nanoseconds.
  stamp.tv_usec = static_cast<suseconds_t>(ns % 1'000'000'000);
  return stamp;
}

}  // namespace

PcapPort::PcapPort(std::string in_file, std::string out_file)
    : in_file_(std::move(in_file)), out_file_(std::move(out_file)) {}

base::Result<void> PcapPort::open_files() {
  char message[PCAP_ERRBUF_SIZE] = "";
  if (in_file_.empty()) {
    at_end_ = true;
  } else {
    in_.reset(pcap_open_offline(in_file_.c_str(), message));
    if (!in_) return base::Error{base::Errc::not_found, message, in_file_};
    if (pcap_datalink(in_.get()) != DLT_EN10MB) {
      return base::Error{base::Errc::invalid, "not a capture of Ethernet frames", in_file_};
    }
  }
  if (out_file_.empty()) return {};
  out_.reset(
      pcap_open_dead_with_tstamp_precision(DLT_EN10MB, kSnapBytes, PCAP_TSTAMP_PRECISION_NANO));
  dumper_.reset(pcap_dump_open(out_.get(), out_file_.c_str()));
  if (!dumper_) return base::Error{base::Errc::io, pcap_geterr(out_.get()), out_file_};
  return {};
}

base::Result<std::unique_ptr<PortAdapter>> PcapPort::open(const std::string& in_file,
                                                          const std::string& out_file) {
  std::unique_ptr<PcapPort> port(new PcapPort(in_file, out_file));
  if (auto done = port->open_files(); !done) return done.error();
  return std::unique_ptr<PortAdapter>(std::move(port));
}

bool PcapPort::receive(std::uint64_t, Frame* frame) {
  while (!at_end_) {
    pcap_pkthdr* header = nullptr;
    const u_char* data = nullptr;
    if (pcap_next_ex(in_.get(), &header, &data) != 1) {
      at_end_ = true;
      break;
    }
    if (header->caplen == 0) continue;
    *frame = {};
    frame->bytes.assign(data, data + header->caplen);
    return true;
  }
  return false;
}

bool PcapPort::send(const Frame& frame) {
  if (!dumper_) return true;
  pcap_pkthdr header{};
  header.ts = stamp_of(frame.last_cycle);
  header.caplen = static_cast<bpf_u_int32>(frame.bytes.size());
  header.len = header.caplen;
  pcap_dump(reinterpret_cast<u_char*>(dumper_.get()), &header, frame.bytes.data());
  return true;
}

}  // namespace sluice::sim
