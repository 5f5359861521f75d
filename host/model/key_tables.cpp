#include "key_tables.hpp"

#include <array>
#include <utility>

namespace sluice::model {
namespace {

constexpr unsigned kMaxMoves = 500;
constexpr std::int32_t kEmpty = -1;

// splitmix64 (Steele, Lea, Flood; OOPSLA 2014).
class Words {
 public:
  explicit Words(std::uint64_t state) : state_(state) {}
  std::uint32_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t x = state_;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return static_cast<std::uint32_t>((x ^ (x >> 31)) >> 32);
  }

 private:
  std::uint64_t state_;
};

}  // namespace

std::optional<std::vector<KeyPlace>> place_keys(std::span<const KeyBuckets> keys,
                                                std::uint32_t buckets) {
  std::array<std::vector<std::int32_t>, 2> owner;
  owner[0].assign(buckets, kEmpty);
  owner[1].assign(buckets, kEmpty);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    // The key in hand takes its bucket; who was there goes to its other way, and so on.
    auto key = static_cast<std::int32_t>(i);
    unsigned way = owner[0][keys[i].bucket[0]] == kEmpty ? 0 : 1;
    for (unsigned moves = 0; key != kEmpty; ++moves, way = 1 - way) {
      if (moves == kMaxMoves) return std::nullopt;
      const std::uint32_t bucket = keys[static_cast<std::size_t>(key)].bucket[way];
      key = std::exchange(owner[way][bucket], key);
    }
  }
  std::vector<KeyPlace> places(keys.size());
  for (unsigned way = 0; way < 2; ++way) {
    for (std::uint32_t bucket = 0; bucket < buckets; ++bucket) {
      const std::int32_t key = owner[way][bucket];
      if (key != kEmpty) places[static_cast<std::size_t>(key)] = {way, bucket};
    }
  }
  return places;
}

void set_hash_keys(layout::Config& config, std::uint64_t seed, unsigned attempt) {
  Words flow(seed);
  config.flow_key0 = flow.next();
  config.flow_key1 = flow.next();
  config.flow_key2 = flow.next();
  config.flow_key3 = flow.next();
  config.flow_key4 = flow.next();
  Words ways(~seed + 0x100000001b3 * attempt);
  config.way0_key0 = ways.next();
  config.way0_key1 = ways.next();
  config.way0_key2 = ways.next();
  config.way1_key0 = ways.next();
  config.way1_key1 = ways.next();
  config.way1_key2 = ways.next();
}

std::uint64_t hash_text(const char* begin, std::size_t bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (std::size_t i = 0; i < bytes; ++i) {
    hash = (hash ^ static_cast<std::uint8_t>(begin[i])) * 0x100000001b3;
  }
  return hash;
}

}  // namespace sluice::model
