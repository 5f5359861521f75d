#include "packet_gen/connection_map.hpp"

#include <algorithm>

namespace sluice::packet_gen {
namespace {

using layout::ConnectionGone;
using layout::ConnectionTimeout;

std::uint64_t timeout(const layout::Service& service, std::uint8_t state) {
  std::uint32_t epochs = service.timeout_established;
  switch (layout::connection_timeout(state)) {
    case ConnectionTimeout::opening:
      epochs = service.timeout_opening;
      break;
    case ConnectionTimeout::half_closed:
      epochs = service.timeout_half_closed;
      break;
    case ConnectionTimeout::closed:
      epochs = service.timeout_closed;
      break;
    case ConnectionTimeout::established:
      break;
  }
  return std::max<std::uint64_t>(epochs, layout::kConnectionLeastTimeout);
}

}  // namespace

std::uint64_t ConnectionMap::key(std::uint32_t client, std::uint16_t port, std::uint16_t service) {
  return std::uint64_t{client} << 28 | std::uint64_t{port} << 12 | service;
}

const ConnectionMap::Entry* ConnectionMap::find(std::uint64_t key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() || now_ >= found->second.deadline ? nullptr : &found->second;
}

layout::ConnectionReferences ConnectionMap::brings(const path::ConnectionRequest& request) const {
  return layout::connection_brings(request.event, request.sees_return, request.sequence,
                                   request.acknowledged, static_cast<std::uint32_t>(now_));
}

void ConnectionMap::write(Entry& entry, const path::ConnectionRequest& request,
                          const layout::Service& service,
                          const layout::ConnectionStep& step) const {
  entry.state = step.state;
  entry.deadline = now_ + timeout(service, step.state);
  if (step.takes_in) entry.reference_in = brings(request).in;
  if (step.takes_out) entry.reference_out = brings(request).out;
  if (step.clears_out) entry.reference_out = 0;
}

path::Known ConnectionMap::ask(const path::ConnectionRequest& request,
                               const layout::Service& service, std::uint8_t epoch,
                               std::uint16_t proposal) {
  const std::uint64_t at = key(request.client, request.client_port, request.service_index);
  const Entry* found = find(at);
  const std::uint8_t state = found != nullptr ? found->state : std::uint8_t{0};
  const bool believed =
      found != nullptr &&
      layout::connection_believed(state, request.event, request.sees_return, brings(request),
                                  {found->reference_in, found->reference_out});
  layout::ConnectionStep step =
      layout::connection_step(state, request.event, believed, request.sees_return);
  path::Known known{found != nullptr, false, false, false, 0};
  if (found != nullptr) known.backend_index = found->backend;
  const std::uint8_t valid =
      found != nullptr ? valid_(epoch, found->backend) : std::uint8_t{layout::kBackendServes};
  const auto gone = layout::connection_gone(
      state, request.event, layout::connection_policy(valid, service.on_down, service.on_removed));
  if (gone == ConnectionGone::takes && request.offer) {
    step = layout::connection_step(layout::kConnection_none, request.event, false,
                                   request.sees_return);
  } else if (gone == ConnectionGone::resets) {
    step = {layout::kConnection_closed, false, true, false, false, false};
    known.resets = true;
  }
  if (step.takes && !request.offer) {
    // A SYN that would begin a new connection does not go where the old one went.
    if (request.event == layout::kConnection_syn) known.hit = false;
    return known;
  }
  if (step.takes) {
    known.taken = true;
    known.stored = found != nullptr || !full_;
    known.backend_index = proposal;
    if (!known.stored) return known;
    entries_[at].backend = proposal;
  }
  if (!step.sets) return known;
  write(entries_[at], request, service, step);
  return known;
}

}  // namespace sluice::packet_gen
