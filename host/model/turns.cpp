#include "model/turns.hpp"

#include <algorithm>
#include <numeric>
#include <queue>

namespace sluice::model {

std::vector<unsigned> turn_weights(std::span<const unsigned> weights, unsigned limit) {
  std::vector<unsigned> result(weights.begin(), weights.end());
  unsigned divisor = 0;
  for (const unsigned weight : weights) divisor = std::gcd(divisor, weight);
  std::uint64_t sum = 0;
  for (unsigned& weight : result) {
    weight /= divisor;
    sum += weight;
  }
  if (sum <= limit) return result;
  // The next turn goes to the member that is furthest below its part: the largest weight / (turns +
  // 1/2), as a fraction to stay exact.
  std::vector<unsigned> turns(result.size(), 1);
  const auto less_due = [&](std::size_t a, std::size_t b) {
    const std::uint64_t left = std::uint64_t{result[a]} * (2u * turns[b] + 1u);
    const std::uint64_t right = std::uint64_t{result[b]} * (2u * turns[a] + 1u);
    return left != right ? left < right : a > b;
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(less_due)> due(less_due);
  for (std::size_t i = 0; i < result.size(); ++i) due.push(i);
  for (std::size_t used = result.size(); used < limit; ++used) {
    const std::size_t next = due.top();
    due.pop();
    ++turns[next];
    due.push(next);
  }
  return turns;
}

std::vector<std::uint16_t> smooth_turns(std::span<const unsigned> weights, unsigned limit) {
  if (weights.empty()) return {};
  const std::vector<unsigned> turns = turn_weights(weights, limit);
  const auto period = std::accumulate(turns.begin(), turns.end(), std::int64_t{0});
  std::vector<std::int64_t> credit(turns.size());
  std::vector<std::uint16_t> order;
  order.reserve(static_cast<std::size_t>(period));
  for (std::int64_t i = 0; i < period; ++i) {
    for (std::size_t k = 0; k < credit.size(); ++k) credit[k] += turns[k];
    const auto most = std::max_element(credit.begin(), credit.end());  // the first of equal ones
    *most -= period;
    order.push_back(static_cast<std::uint16_t>(most - credit.begin()));
  }
  return order;
}

}  // namespace sluice::model
