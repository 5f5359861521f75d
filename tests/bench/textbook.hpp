// The schedulers as textbooks have them, without any hardware in mind.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace sluice::bench {

// A connection's hashes, of its addresses and ports and of its source address alone.
struct Hashes {
  std::uint64_t tuple = 0;
  std::uint64_t source = 0;
};

class Textbook {
 public:
  Textbook(std::string scheduler, std::vector<unsigned> weights, std::uint64_t seed);

  // Chooses, and counts the connection.
  std::uint16_t open(const Hashes& hashes);
  void close(std::uint16_t backend) { --active_[backend]; }
  void sample(std::uint16_t backend, double ticks);

  const std::vector<std::uint32_t>& active() const { return active_; }

 private:
  std::uint16_t choose(const Hashes& hashes);
  std::uint16_t smooth();
  std::uint16_t weighted(std::uint64_t number) const {
    return by_weight_[number % by_weight_.size()];
  }
  std::uint16_t of_two();
  std::uint16_t least(bool timed);
  double load(std::size_t backend, bool timed) const;

  std::string scheduler_;
  std::vector<unsigned> weights_;
  std::vector<std::uint16_t> by_weight_;  // every backend as often as its weight says
  std::vector<std::uint16_t> ring_;       // Maglev's
  std::vector<std::uint32_t> active_;
  std::vector<std::int64_t> credit_;
  std::vector<double> ticks_;
  std::uint64_t next_ = 0;
  std::mt19937_64 random_;
};

}  // namespace sluice::bench
