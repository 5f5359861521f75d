#include "daemon/announcer.hpp"

#include <algorithm>
#include <array>

#include "net/arp.hpp"

namespace sluice::daemon {
namespace {

using std::chrono::milliseconds;

// When an address is announced, from the moment on that it appeared.
constexpr std::array kRounds = {milliseconds(0), milliseconds(1000), milliseconds(3000),
                                milliseconds(10000)};

}  // namespace

void Announcer::configure(const model::Config& config, TimePoint now) {
  std::set<Address> wanted;
  for (unsigned port = 0; port < config.ports.size(); ++port) {
    const auto& network = config.ports[port].address;
    wanted.insert({port, network.address});
    for (const auto& service : config.services) {
      if (network.contains(service.vip)) wanted.insert({port, service.vip});
    }
  }
  const std::set<Address> before = mac_ == config.mac ? std::move(addresses_) : std::set<Address>();
  mac_ = config.mac;
  addresses_ = std::move(wanted);
  std::erase_if(agenda_,
                [this](const auto& entry) { return !addresses_.contains(entry.second.address); });
  for (const Address& address : addresses_) {
    if (!before.contains(address)) begin(address, now);
  }
}

void Announcer::begin(std::uint32_t ports, TimePoint now) {
  for (const Address& address : addresses_) {
    if ((ports >> address.port & 1) != 0) begin(address, now);
  }
}

void Announcer::begin(const Address& address, TimePoint now) {
  std::erase_if(agenda_, [&](const auto& entry) { return entry.second.address == address; });
  agenda_.emplace(now, Due{address, now, 0});
}

std::optional<Announcer::TimePoint> Announcer::deadline() const {
  if (agenda_.empty()) return std::nullopt;
  return std::max(turn_due_, agenda_.begin()->first);
}

void Announcer::run(TimePoint now, const Send& send) {
  if (now < turn_due_) return;
  turn_due_ = now + kTurn;
  for (unsigned sent = 0; sent < kFramesPerTurn; ++sent) {
    if (agenda_.empty() || agenda_.begin()->first > now) return;
    Due due = agenda_.begin()->second;
    if (!send(due.address.port, net::arp_announcement(mac_, due.address.address))) return;
    agenda_.erase(agenda_.begin());
    if (++due.round == kRounds.size()) continue;
    // Not at once if this one came late.
    const TimePoint next = due.began + kRounds[due.round];
    const milliseconds least = kRounds[due.round] - kRounds[due.round - 1];
    agenda_.emplace(std::max(next, now + std::min(least, milliseconds(1000))), due);
  }
}

}  // namespace sluice::daemon
