// The operations ap_uint<N> is made of, over clang's _BitInt. Included by ap_uint.hpp only.
#pragma once

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wbit-int-extension"

namespace sluice {
namespace fixed {

template <int N>
using Raw = unsigned _BitInt(N);

template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> make(uint64_t value) {
  return static_cast<Raw<N>>(value);
}
template <int N, int M>
SLUICE_FIXED_INLINE constexpr Raw<N> resize(Raw<M> a) {
  return static_cast<Raw<N>>(a);
}
template <int N>
SLUICE_FIXED_INLINE constexpr uint64_t low64(Raw<N> a) {
  return static_cast<uint64_t>(a);
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> bit_and(Raw<N> a, Raw<N> b) {
  return a & b;
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> bit_or(Raw<N> a, Raw<N> b) {
  return a | b;
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> bit_xor(Raw<N> a, Raw<N> b) {
  return a ^ b;
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> bit_not(Raw<N> a) {
  return ~a;
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> shift_left(Raw<N> a, unsigned count) {
  return a << count;
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> shift_right(Raw<N> a, unsigned count) {
  return a >> count;
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> ones(int count) {  // at bit 0
  return bit_not<N>(make<N>(0)) >> static_cast<unsigned>(N - count);
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> get_field(Raw<N> a, int hi, int lo) {
  return (a >> static_cast<unsigned>(lo)) & ones<N>(hi - lo + 1);
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> put_field(Raw<N> a, int hi, int lo, Raw<N> value) {
  // Not const: clang 19 crashes on constant locals of a wide _BitInt that are no constants.
  Raw<N> mask = ones<N>(hi - lo + 1);
  Raw<N> hole = bit_not<N>(mask << static_cast<unsigned>(lo));
  return (a & hole) | ((value & mask) << static_cast<unsigned>(lo));
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> add(Raw<N> a, Raw<N> b) {
  return a + b;
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> multiply(Raw<N> a, Raw<N> b) {
  return a * b;
}
template <int N>
SLUICE_FIXED_INLINE constexpr bool equal(Raw<N> a, Raw<N> b) {
  return a == b;
}
template <int N>
SLUICE_FIXED_INLINE constexpr bool less(Raw<N> a, Raw<N> b) {
  return a < b;
}

}  // namespace fixed
}  // namespace sluice

#pragma clang diagnostic pop
