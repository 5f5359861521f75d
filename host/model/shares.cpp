#include "shares.hpp"

#include <algorithm>
#include <bitset>
#include <numeric>

namespace sluice::model {
namespace {

using Columns = std::bitset<layout::kColumns>;

// Who compares loads, and who sends clients back to their backend while it has a share.
bool needs_shares(const ServiceConfig& service) {
  const layout::SchedulerKind kind = kind_of(service.scheduler);
  return kind == layout::kScheduler_pair || kind == layout::kScheduler_least ||
         service.persistence.count() != 0;
}

// The columns of one service's backends.
class ServiceColumns {
 public:
  ServiceColumns(const layout::TableImages& live, const ServiceView& view)
      : live_(live), view_(view), columns_(view.backends.size()) {
    keep([](const layout::Share& share) { return share.cost != 0; });
    keep([](const layout::Share& share) { return share.cost == 0; });
    Columns left;
    for (const BackendView& backend : view.leaving) {
      const layout::Share& share = live.shares[backend.index];
      if (share.service == view.index) left.set(share.column);
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (kept_.size() > i && kept_[i]) continue;
      columns_[i] = take(left, i);
    }
  }

  std::uint8_t operator[](std::size_t backend) const { return columns_[backend]; }

 private:
  template <class Rule>
  void keep(Rule rule) {
    kept_.resize(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const BackendView& backend = view_.backends[i];
      const layout::Share& share = live_.shares[backend.index];
      if (kept_[i] || backend.fresh || share.service != view_.index || !rule(share)) continue;
      if (taken_[share.column]) continue;
      taken_.set(share.column);
      columns_[i] = share.column;
      kept_[i] = true;
    }
  }

  std::uint8_t take(const Columns& left, std::size_t place) {
    for (const Columns& used : {taken_ | left, taken_}) {
      for (std::uint8_t column = 0; column < layout::kColumns; ++column) {
        if (used[column]) continue;
        taken_.set(column);
        return column;
      }
    }
    // A scheduler that looks at columns has no more backends than there are.
    return static_cast<std::uint8_t>(place % layout::kColumns);
  }

  const layout::TableImages& live_;
  const ServiceView& view_;
  std::vector<std::uint8_t> columns_;
  std::vector<bool> kept_;
  Columns taken_;
};

void fill_service(const ServiceConfig& service, const ServiceView& view,
                  const layout::TableImages& live, std::vector<layout::Share>& shares) {
  const ServiceColumns columns(live, view);
  std::vector<unsigned> parts;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < view.backends.size(); ++i) {
    if (view.backends[i].part == 0) continue;
    parts.push_back(view.backends[i].part);
    places.push_back(i);
  }
  const std::vector<std::uint32_t> cost = costs(parts);
  for (std::size_t i = 0; i < places.size(); ++i) {
    layout::Share& share = shares[view.backends[places[i]].index];
    share.cost = cost[i];
    share.timed = service.scheduler == Scheduler::least_response_time ? 1 : 0;
    share.column = columns[places[i]];
    share.service = view.index;
  }
}

}  // namespace

std::vector<std::uint32_t> costs(std::span<const unsigned> weights) {
  if (weights.empty()) return {};
  const std::uint64_t least = *std::min_element(weights.begin(), weights.end());
  // The least cost of the least weight at which all ratios are whole; 0: beyond the largest cost.
  std::uint64_t multiple = least;
  for (const unsigned weight : weights) {
    if (multiple != 0) multiple = std::lcm(multiple, std::uint64_t{weight});
    if (multiple / least > kLargestCost) multiple = 0;
  }
  const std::uint64_t scale =
      multiple == 0 ? kLargestCost * least : multiple * (kLargestCost / (multiple / least));
  std::vector<std::uint32_t> result;
  for (const unsigned weight : weights) {
    result.push_back(static_cast<std::uint32_t>((scale + weight / 2) / weight));
  }
  return result;
}

void fill_shares(const Config& config, const layout::TableImages& live, Plan& plan) {
  std::vector<layout::Share>& shares = plan.images.shares;
  shares = live.shares;
  for (layout::Share& share : shares) share.cost = 0;
  for (std::size_t i = 0; i < plan.services.size(); ++i) {
    if (!needs_shares(config.services[i])) continue;
    fill_service(config.services[i], plan.services[i], live, shares);
  }
}

}  // namespace sluice::model
