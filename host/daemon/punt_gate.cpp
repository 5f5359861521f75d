#include "daemon/punt_gate.hpp"

#include <spdlog/spdlog.h>

#include "layout/reasons.hpp"

namespace sluice::daemon {

void PuntGate::set_view(net::PuntView view) {
  auto next = std::make_shared<const net::PuntView>(std::move(view));
  const std::lock_guard lock(mutex_);
  view_ = std::move(next);
}

net::PuntRuling PuntGate::rule(const driver::PuntFrame& frame,
                               std::chrono::steady_clock::time_point now) {
  std::shared_ptr<const net::PuntView> view;
  {
    const std::lock_guard lock(mutex_);
    view = view_;
  }
  const net::PuntRuling judged =
      net::judge(*view, {frame.port, layout::is_asked(frame.reason), frame.bytes});
  const net::PuntRuling ruling = limits_.apply(judged, frame.port, now);
  ++counts_[static_cast<std::size_t>(ruling)];
  warn(ruling, frame, now);
  return ruling;
}

// Two of them on one wire, or somebody who wants the traffic: the operator must hear of it.
void PuntGate::warn(net::PuntRuling ruling, const driver::PuntFrame& frame,
                    std::chrono::steady_clock::time_point now) {
  const bool claim = ruling == net::PuntRuling::arp_claim;
  if (!claim && ruling != net::PuntRuling::arp_wrong_port) return;
  const net::ArpSender sender = net::arp_sender(frame.bytes);
  if (warned_of_ == sender || !warnings_.take(now)) return;
  warned_of_ = sender;
  spdlog::warn(
      "ARP at port {} says that {} is at {}: {}; not believed", frame.port,
      sender.address.to_string(), sender.mac.to_string(),
      claim ? "the address is the card's own" : "the address is not in the port's network");
}

PuntCounts PuntGate::counts() const {
  PuntCounts counts;
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = counts_[i];
  return counts;
}

}  // namespace sluice::daemon
