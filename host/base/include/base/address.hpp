// IPv4 and MAC addresses as values (host order, as in the table layouts), so that they are never
// confused with other numbers or with wire bytes.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::base {

struct Ipv4 {
  std::uint32_t value = 0;  // 10.0.0.1 is 0x0a000001

  static std::optional<Ipv4> parse(std::string_view text);  // dotted quad, nothing else
  std::string to_string() const;
  bool is_zero() const { return value == 0; }
  auto operator<=>(const Ipv4&) const = default;
};

struct Mac {
  std::uint64_t value = 0;  // 00:11:22:33:44:55 is 0x001122334455

  static std::optional<Mac> parse(std::string_view text);  // six hex bytes with colons
  static Mac from_bytes(const std::uint8_t* bytes);
  void to_bytes(std::uint8_t* bytes) const;
  std::string to_string() const;
  bool is_zero() const { return value == 0; }
  bool is_group() const { return (value >> 40 & 1) != 0; }
  auto operator<=>(const Mac&) const = default;
};

// An address with its prefix length: 10.0.0.1/24 keeps the host bits.
struct Ipv4Prefix {
  Ipv4 address;
  unsigned length = 32;  // 0..32

  static std::optional<Ipv4Prefix> parse(std::string_view text);  // a.b.c.d/n
  std::string to_string() const;
  std::uint32_t mask() const { return length == 0 ? 0 : ~std::uint32_t{0} << (32 - length); }
  Ipv4 network() const { return {address.value & mask()}; }
  Ipv4 broadcast() const { return {address.value | ~mask()}; }
  bool contains(Ipv4 other) const { return ((address.value ^ other.value) & mask()) == 0; }
  auto operator<=>(const Ipv4Prefix&) const = default;
};

}  // namespace sluice::base

template <>
struct std::hash<sluice::base::Ipv4> {
  std::size_t operator()(const sluice::base::Ipv4& a) const noexcept { return a.value; }
};
