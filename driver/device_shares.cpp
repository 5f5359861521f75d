// Device: shares, which have one copy and take effect when they are written.
#include <algorithm>

#include "driver/device.hpp"

namespace sluice::driver {

bool Device::share_differs(const layout::TableImages& images, std::uint32_t backend) const {
  return !shadow_.known[layout::kTable_shares][backend] ||
         !layout::same_record(images.shares[backend], shadow_.images.shares[backend]);
}

bool Device::shares_differ(const layout::TableImages& images) const {
  for (std::uint32_t i = 0; i < layout::kBackends; ++i) {
    if (share_differs(images, i)) return true;
  }
  return false;
}

// While a service compared no loads, the card may have kept none for it.
void Device::forget_shares_of_changed_services(const layout::TableImages& images) {
  for (std::uint32_t i = 0; i < layout::kBackends; ++i) {
    const layout::Share& share = images.shares[i];
    const layout::Service& before = live_.services[share.service];
    const layout::Service& after = images.services[share.service];
    if (share.cost == 0) continue;
    if (before.valid != 0 && before.scheduler == after.scheduler) continue;
    shadow_.forget(layout::kTable_shares, i, 1);
  }
}

// Those without a cost, or the others, in runs of neighbours.
base::Result<void> Device::write_shares(const layout::TableImages& images, Costs costs,
                                        ApplyReport& report) {
  const auto is_due = [&](std::uint32_t i) {
    const bool some = images.shares[i].cost != 0;
    return some == (costs == Costs::some) && share_differs(images, i);
  };
  for (std::uint32_t first = 0; first < layout::kBackends; ++first) {
    std::uint32_t end = first;
    while (end < layout::kBackends && is_due(end)) ++end;
    if (end == first) continue;
    const auto run = std::span(images.shares).subspan(first, end - first);
    shadow_.forget(layout::kTable_shares, first, end - first);
    auto done = write_run(layout::kTable_shares, first, std::as_bytes(run), report);
    if (!done) return done;
    report.entries_written += end - first;
    std::copy(run.begin(), run.end(), shadow_.images.shares.begin() + first);
    shadow_.learn(layout::kTable_shares, first, end - first);
    first = end;
  }
  return {};
}

// The shares that were put off until the commit; all of them are known afterwards.
base::Result<void> Device::finish_shares(const layout::TableImages& images, ApplyReport& report) {
  const bool pending = shares_differ(images);
  auto done = write_shares(images, Costs::some, report);
  if (!done) return done;
  live_.shares = images.shares;
  return pending || !report.committed ? memorize(images, Moment::now, report) : done;
}

}  // namespace sluice::driver
