#include "textbook.hpp"

#include "model/maglev.hpp"

namespace sluice::bench {
namespace {

constexpr unsigned kRingSlots = 65'537;

}  // namespace

Textbook::Textbook(std::string scheduler, std::vector<unsigned> weights, std::uint64_t seed)
    : scheduler_(std::move(scheduler)),
      weights_(std::move(weights)),
      active_(weights_.size()),
      credit_(weights_.size()),
      ticks_(weights_.size()),
      random_(seed) {
  std::vector<model::MaglevMember> members;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    by_weight_.insert(by_weight_.end(), weights_[i], static_cast<std::uint16_t>(i));
    members.push_back({i + 1, weights_[i]});
  }
  if (scheduler_ == "maglev") ring_ = model::maglev_table(members, kRingSlots);
}

std::uint16_t Textbook::open(const Hashes& hashes) {
  const std::uint16_t backend = choose(hashes);
  ++active_[backend];
  return backend;
}

// RFC 6298's mean, of every opening.
void Textbook::sample(std::uint16_t backend, double ticks) {
  double& mean = ticks_[backend];
  mean = mean == 0 ? ticks : mean + (ticks - mean) / 8;
}

std::uint16_t Textbook::choose(const Hashes& hashes) {
  if (scheduler_ == "round_robin") return static_cast<std::uint16_t>(next_++ % weights_.size());
  if (scheduler_ == "weighted_round_robin") return smooth();
  if (scheduler_ == "p2c") return of_two();
  if (scheduler_ == "source") return weighted(hashes.source);
  if (scheduler_ == "hash") return weighted(hashes.tuple);
  if (scheduler_ == "maglev") return ring_[hashes.tuple % ring_.size()];
  if (scheduler_ == "random") return weighted(random_());
  return least(scheduler_ == "least_response_time");
}

// nginx's smooth weighted round robin.
std::uint16_t Textbook::smooth() {
  std::size_t best = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    credit_[i] += weights_[i];
    if (credit_[i] > credit_[best]) best = i;
  }
  credit_[best] -= static_cast<std::int64_t>(by_weight_.size());
  return static_cast<std::uint16_t>(best);
}

// Mitzenmacher, 2001: two at random (here by weight), the less loaded of them.
std::uint16_t Textbook::of_two() {
  const std::uint16_t first = weighted(random_());
  const std::uint16_t second = weighted(random_());
  return load(second, false) < load(first, false) ? second : first;
}

// Of equal ones, in turn.
std::uint16_t Textbook::least(bool timed) {
  std::size_t best = next_++ % weights_.size();
  for (std::size_t step = 1; step < weights_.size(); ++step) {
    const std::size_t i = (next_ - 1 + step) % weights_.size();
    if (load(i, timed) < load(best, timed)) best = i;
  }
  return static_cast<std::uint16_t>(best);
}

double Textbook::load(std::size_t backend, bool timed) const {
  const double load = (active_[backend] + 1.0) / weights_[backend];
  return timed ? load * ticks_[backend] : load;
}

}  // namespace sluice::bench
