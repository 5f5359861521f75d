// The TAP device through which the host's own stack speaks for the card's addresses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace sluice::net {

// Creates the device in this network namespace, or takes hold of the one that an earlier process
// left. It is persistent: addresses and routes on it survive the process. Reads and writes are
// whole Ethernet frames, non-blocking. A device held by another process is Errc::busy.
class Tap {
 public:
  static base::Result<Tap> open(const std::string& name);

  const std::string& name() const { return name_; }
  int fd() const { return fd_.get(); }

  // Bytes of the next frame; 0: none waiting.
  base::Result<std::size_t> read(std::span<std::uint8_t> frame);

  // False: the stack's queue is full and the frame is lost.
  base::Result<bool> write(std::span<const std::uint8_t> frame);

 private:
  Tap(std::string name, base::Fd fd) : name_(std::move(name)), fd_(std::move(fd)) {}
  std::string name_;
  base::Fd fd_;
};

}  // namespace sluice::net
