// Tables: a configuration that finds no place beside the services that it takes out.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "daemon/tables.hpp"
#include "driver/connections.hpp"

namespace sluice::daemon {

// First what is taken out leaves, then what is new comes. In between nothing serves either;
// services that stay notice nothing. If the second step fails, what ran comes back.
base::Result<driver::ApplyReport> Tables::bring_in_two_steps(const model::Config& config,
                                                             const model::FirstStep& step,
                                                             WallTime now) {
  const auto first = carry_out(step.config, step.plan, now);
  if (!first) return first;
  const auto second = [&]() -> base::Result<driver::ApplyReport> {
    if (auto done = forget_connections(step.plan.leaving_services); !done) return done.error();
    auto plan = model::make_plan(config, step.inputs, device_->live(), memory_.assignment);
    if (!plan) return plan.error();
    return carry_out(config, std::move(*plan), now);
  }();
  if (!second) {
    if (const auto back = bring(config_, now); !back) {
      spdlog::error("card: the services that were taken out are not back: {}",
                    back.error().message());
    }
    return second;
  }
  spdlog::info("too many services at once for the card's tables: committed in two steps");
  driver::ApplyReport both = *second;
  both.entries_written += first->entries_written;
  both.words_written += first->words_written;
  return both;
}

// Entries of the table name a service by its place: its next owner must not inherit them.
base::Result<void> Tables::forget_connections(const std::vector<std::uint16_t>& places) {
  driver::Connections connections(device_->board());
  const auto now = connections.statistics();
  if (!now) return now.error();
  if (!now->in_use || now->entries == 0) return {};
  if (plan_.services.empty()) return connections.flush();
  std::vector<bool> forgotten(layout::kServices);
  for (const std::uint16_t place : places) forgotten[place] = true;
  std::vector<driver::ConnectionKey> keys;
  const auto done = connections.for_each([&](const driver::Connection& entry) {
    if (entry.key.service < forgotten.size() && forgotten[entry.key.service]) {
      keys.push_back(entry.key);
    }
  });
  if (!done) return done;
  return connections.remove(keys);
}

}  // namespace sluice::daemon
