#include "net/arp.hpp"

#include <algorithm>
#include <array>

namespace sluice::net {
namespace {

constexpr std::size_t kFrameBytes = 60;  // the least of Ethernet, without FCS
constexpr base::Mac kEverybody{0xffffffffffff};
// EtherType, then hardware and protocol type, their lengths, and the operation: a request.
constexpr std::array<std::uint8_t, 10> kFixed = {0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1};

void put(base::Ipv4 address, std::uint8_t* at) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(address.value >> (24 - 8 * i));
}

}  // namespace

std::vector<std::uint8_t> arp_request(base::Mac mac, base::Ipv4 sender, base::Ipv4 target) {
  std::vector<std::uint8_t> frame(kFrameBytes);
  kEverybody.to_bytes(&frame[0]);
  mac.to_bytes(&frame[6]);
  std::copy(kFixed.begin(), kFixed.end(), frame.begin() + 12);
  mac.to_bytes(&frame[22]);
  put(sender, &frame[28]);
  put(target, &frame[38]);
  return frame;
}

}  // namespace sluice::net
