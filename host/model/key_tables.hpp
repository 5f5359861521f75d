// Places keys in the two ways of a key table (cuckoo hashing; one key a bucket): a key is in the
// bucket of its hash in one of the ways, so the card finds it with one read of each.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "layout/tables.hpp"

namespace sluice::model {

// The hashes of one key in both ways, already reduced to buckets.
struct KeyBuckets {
  std::uint32_t bucket[2];
};

struct KeyPlace {
  unsigned way;
  std::uint32_t bucket;
};

// One place a key, in their order; none if they cannot all be placed (other hash keys may help).
std::optional<std::vector<KeyPlace>> place_keys(std::span<const KeyBuckets> keys,
                                                std::uint32_t buckets);

// Puts each record in one of its two buckets. False, with both ways as they may be, if they cannot
// all be placed.
template <class Record, class BucketsOf>
bool place_records(const std::vector<Record>& records, BucketsOf buckets_of,
                   std::vector<Record>& way0, std::vector<Record>& way1) {
  std::vector<KeyBuckets> keys;
  for (const Record& record : records) keys.push_back(buckets_of(record));
  const auto places = place_keys(keys, static_cast<std::uint32_t>(way0.size()));
  if (!places) return false;
  std::fill(way0.begin(), way0.end(), Record{});
  std::fill(way1.begin(), way1.end(), Record{});
  for (std::size_t i = 0; i < records.size(); ++i) {
    const KeyPlace place = (*places)[i];
    (place.way == 0 ? way0 : way1)[place.bucket] = records[i];
  }
  return true;
}

// Hash keys of the flow hash (from `seed` alone) and of the two ways (also from `attempt`).
void set_hash_keys(layout::Config& config, std::uint64_t seed, unsigned attempt);

// Of a text, as a seed (FNV-1a, 64 bits).
std::uint64_t hash_text(const char* begin, std::size_t bytes);

}  // namespace sluice::model
