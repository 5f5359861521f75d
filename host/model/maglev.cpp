#include "model/maglev.hpp"

#include <algorithm>
#include <numeric>

namespace sluice::model {
namespace {

constexpr std::uint16_t kFree = 0xffff;
constexpr std::uint64_t kOffsetSalt = 0x6f66667365743031;
constexpr std::uint64_t kSkipSalt = 0x736b697030303031;

// splitmix64's finaliser (Steele, Lea, Flood; OOPSLA 2014): every bit of the input moves half of
// the output's.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// A member's walk over the slots in the order that it prefers them.
struct Walk {
  std::uint16_t member;
  unsigned weight;
  unsigned credit = 0;  // a turn costs the largest weight
  std::uint32_t next;
  std::uint32_t skip;
};

}  // namespace

std::vector<std::uint16_t> maglev_table(std::span<const MaglevMember> members, unsigned slots) {
  if (members.empty() || slots == 0) return {};
  std::vector<std::uint16_t> order(members.size());
  std::iota(order.begin(), order.end(), static_cast<std::uint16_t>(0));
  std::sort(order.begin(), order.end(), [&](std::uint16_t a, std::uint16_t b) {
    return mix(members[a].identity) < mix(members[b].identity);
  });
  std::vector<Walk> walks;
  unsigned largest = 1;
  for (const std::uint16_t i : order) {
    const std::uint64_t identity = members[i].identity;
    const auto offset = static_cast<std::uint32_t>(mix(identity ^ kOffsetSalt) % slots);
    const auto skip =
        slots < 3 ? 1u : static_cast<std::uint32_t>(mix(identity ^ kSkipSalt) % (slots - 1) + 1);
    walks.push_back({i, members[i].weight, 0, offset, skip});
    largest = std::max(largest, members[i].weight);
  }
  std::vector<std::uint16_t> table(slots, kFree);
  for (unsigned filled = 0; filled < slots;) {
    for (Walk& walk : walks) {
      walk.credit += walk.weight;
      if (walk.credit < largest) continue;
      walk.credit -= largest;
      while (table[walk.next] != kFree) {
        walk.next += walk.skip;
        if (walk.next >= slots) walk.next -= slots;
      }
      table[walk.next] = walk.member;
      if (++filled == slots) break;
    }
  }
  return table;
}

bool is_prime(unsigned value) {
  if (value < 2) return false;
  for (unsigned i = 2; i * i <= value; ++i) {
    if (value % i == 0) return false;
  }
  return true;
}

unsigned prime_below(unsigned value) {
  while (value > 2 && !is_prime(value)) --value;
  return std::max(value, 2u);
}

unsigned prime_above(unsigned value) {
  while (!is_prime(value)) ++value;
  return value;
}

}  // namespace sluice::model
