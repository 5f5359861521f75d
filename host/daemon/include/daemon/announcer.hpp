// Tells the networks at the card's ports which MAC their port's and VIPs' addresses are at, so that
// nobody goes on with what an earlier owner of the address had. Pure: time is passed in.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "model/config.hpp"

namespace sluice::daemon {

// An address is announced when it appears, and a few times after: a switch or a host may miss one.
// At most kFramesPerTurn leave in a turn, so that a thousand VIPs do not keep the mailbox from
// checks: they take some seconds.
class Announcer {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  // False: no room now, try again.
  using Send = std::function<bool(unsigned port, std::vector<std::uint8_t> frame)>;

  static constexpr std::chrono::milliseconds kTurn{20};
  static constexpr unsigned kFramesPerTurn = 4;

  // Announces what is new: all of it, if the MAC is another.
  void configure(const model::Config& config, TimePoint now);
  // Announces everything anew at these ports (bit p: port p).
  void begin(std::uint32_t ports, TimePoint now);

  std::optional<TimePoint> deadline() const;
  void run(TimePoint now, const Send& send);

 private:
  struct Address {
    unsigned port = 0;
    base::Ipv4 address;
    auto operator<=>(const Address&) const = default;
  };
  struct Due {
    Address address;
    TimePoint began;
    unsigned round = 0;
  };

  void begin(const Address& address, TimePoint now);

  base::Mac mac_;
  std::set<Address> addresses_;
  std::multimap<TimePoint, Due> agenda_;  // one line at most an address
  TimePoint turn_due_;
};

}  // namespace sluice::daemon
