// The cards that the conformance suite runs on: how to reach each kind, and its other side.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "driver/device.hpp"

namespace sluice::driver {

// An ARP request of 60 bytes to everybody: the card gives it to the host.
std::vector<std::uint8_t> arp_request();

// A card, just configured, to connect to any number of times, but one at a time.
class Card {
 public:
  virtual ~Card() = default;
  virtual base::Result<std::unique_ptr<Board>> connect() = 0;
  // Called after the first commit: from then on arp_request() arrives at port 0, once.
  virtual void arrive() {}
  // Waits until the one frame that was sent has left by `port`; false if it does not.
  virtual bool has_left(Device& device, unsigned port, const std::vector<std::uint8_t>& frame);
};

// Which kinds there are in this build and run: "Fake"; "RemoteFake", the fake behind the protocol
// of sluice-sim; "Simulated", the Verilated card; "PciFake" and "PciSimulated", the same cards
// behind a BAR; and "Named" if the environment's SLUICE_TEST_BOARD names a board. Who sets that
// gives each test a card of its own, to which arp_request() comes with the first commit.
std::vector<std::string> card_kinds();
std::unique_ptr<Card> make_card(const std::string& kind);

}  // namespace sluice::driver
