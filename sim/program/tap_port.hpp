// A port on a TAP device: real packets of this machine's kernel, in any network namespace.
//
// Without vnet headers and offloads the kernel finishes checksums and cuts segments before a frame
// reaches the device, as a plain NIC would see it on the wire.
#pragma once

#include <memory>
#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "port_adapter.hpp"

namespace sluice::sim {

struct TapOptions {
  std::string device;
  std::string netns;  // name under /run/netns; empty: the namespace of this process
  unsigned mtu_bytes = 1500;
};

class TapPort : public PortAdapter {
 public:
  // Makes the device (it goes when the port is destroyed), sets its MTU and brings it up.
  static base::Result<std::unique_ptr<PortAdapter>> open(const TapOptions& options);

  bool receive(std::uint64_t cycle, Frame* frame) override;
  bool send(const Frame& frame) override;
  int poll_fd() const override { return fd_.get(); }
  std::string kind() const override { return "tap"; }
  std::string name() const override;

 private:
  TapPort(base::Fd fd, TapOptions options);

  base::Fd fd_;
  TapOptions options_;
};

}  // namespace sluice::sim
