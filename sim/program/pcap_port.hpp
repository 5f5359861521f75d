// A port between two capture files: one is played into the card, the other records what leaves.
#pragma once

#include <pcap/pcap.h>

#include <memory>
#include <string>

#include "base/result.hpp"
#include "port_adapter.hpp"

namespace sluice::sim {

class PcapPort : public PortAdapter {
 public:
  // Either name may be empty: nothing comes in, or what leaves is not recorded.
  static base::Result<std::unique_ptr<PortAdapter>> open(const std::string& in_file,
                                                         const std::string& out_file);

  bool receive(std::uint64_t cycle, Frame* frame) override;
  // Stamped with simulated time: nanoseconds since reset.
  bool send(const Frame& frame) override;
  bool finite() const override { return true; }
  bool at_end() const override { return at_end_; }
  std::string kind() const override { return "pcap"; }
  std::string name() const override { return in_file_ + "," + out_file_; }

 private:
  struct Close {
    void operator()(pcap_t* handle) const { pcap_close(handle); }
    void operator()(pcap_dumper_t* dumper) const { pcap_dump_close(dumper); }
  };

  PcapPort(std::string in_file, std::string out_file);
  base::Result<void> open_files();

  std::string in_file_;
  std::string out_file_;
  std::unique_ptr<pcap_t, Close> in_;
  std::unique_ptr<pcap_t, Close> out_;
  std::unique_ptr<pcap_dumper_t, Close> dumper_;
  bool at_end_ = false;
};

}  // namespace sluice::sim
