// What a port of the simulated card is plugged into.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sim/stream.hpp"

namespace sluice::sim {

class PortAdapter {
 public:
  virtual ~PortAdapter() = default;

  // The next frame for the card; false if there is none now.
  virtual bool receive(std::uint64_t cycle, Frame* frame) = 0;
  // A frame that the card sent; false if the other side refused it.
  virtual bool send(const Frame& frame) = 0;

  // Readable when receive() may have a frame; -1 if receive() always knows without waiting.
  virtual int poll_fd() const { return -1; }
  // Brings frames of its own accord until it is at its end (a file, a generator), not live ones.
  virtual bool finite() const { return false; }
  virtual bool at_end() const { return true; }

  virtual std::string kind() const = 0;
  virtual std::string name() const = 0;
};

// Nothing is plugged in: no frame comes, what leaves is lost on the floor.
class UnpluggedPort : public PortAdapter {
 public:
  bool receive(std::uint64_t, Frame*) override { return false; }
  bool send(const Frame&) override { return true; }
  std::string kind() const override { return "unplugged"; }
  std::string name() const override { return ""; }
};

}  // namespace sluice::sim
