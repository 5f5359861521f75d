// The operations ap_uint<N> is made of, over words of up to 64 bits. Included by ap_uint.hpp only.
//
// Bits above N of the last word are always zero. Counts of a shift are below N.
#pragma once

namespace sluice {
namespace fixed {

template <int N>
using Word = typename std::conditional<
    N <= 8, uint8_t,
    typename std::conditional<N <= 16, uint16_t,
                              typename std::conditional<N <= 32, uint32_t, uint64_t>::type>::type>::
    type;

__extension__ typedef unsigned __int128 DoubleWord;

template <int N>
struct Raw {
  static constexpr int kWords = (N + 63) / 64;
  static constexpr int kLastBits = N - 64 * (kWords - 1);
  static constexpr uint64_t kLastMask = ~uint64_t{0} >> (64 - kLastBits);

  SLUICE_FIXED_INLINE constexpr uint64_t get(int i) const { return words[i]; }
  SLUICE_FIXED_INLINE constexpr void set(int i, uint64_t value) {
    words[i] = static_cast<Word<N>>(i == kWords - 1 ? value & kLastMask : value);
  }

  Word<N> words[kWords];
};

template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> make(uint64_t value) {
  Raw<N> result{};
  result.set(0, value);
  return result;
}
template <int N, int M>
SLUICE_FIXED_INLINE constexpr Raw<N> resize(const Raw<M> &a) {
  Raw<N> result{};
  for (int i = 0; i < Raw<N>::kWords && i < Raw<M>::kWords; i++) result.set(i, a.get(i));
  return result;
}
template <int N>
SLUICE_FIXED_INLINE constexpr uint64_t low64(const Raw<N> &a) {
  return a.get(0);
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> bit_and(const Raw<N> &a, const Raw<N> &b) {
  Raw<N> result{};
  for (int i = 0; i < Raw<N>::kWords; i++) result.set(i, a.get(i) & b.get(i));
  return result;
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> bit_or(const Raw<N> &a, const Raw<N> &b) {
  Raw<N> result{};
  for (int i = 0; i < Raw<N>::kWords; i++) result.set(i, a.get(i) | b.get(i));
  return result;
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> bit_xor(const Raw<N> &a, const Raw<N> &b) {
  Raw<N> result{};
  for (int i = 0; i < Raw<N>::kWords; i++) result.set(i, a.get(i) ^ b.get(i));
  return result;
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> bit_not(const Raw<N> &a) {
  Raw<N> result{};
  for (int i = 0; i < Raw<N>::kWords; i++) result.set(i, ~a.get(i));
  return result;
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> shift_left(const Raw<N> &a, unsigned count) {
  const int skip = static_cast<int>(count / 64);
  const unsigned bits = count % 64;
  Raw<N> result{};
  for (int i = skip; i < Raw<N>::kWords; i++) {
    const uint64_t carry = bits != 0 && i > skip ? a.get(i - skip - 1) >> (64 - bits) : 0;
    result.set(i, (a.get(i - skip) << bits) | carry);
  }
  return result;
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> shift_right(const Raw<N> &a, unsigned count) {
  const int skip = static_cast<int>(count / 64);
  const unsigned bits = count % 64;
  Raw<N> result{};
  for (int i = 0; i + skip < Raw<N>::kWords; i++) {
    const bool last = i + skip + 1 == Raw<N>::kWords;
    const uint64_t carry = bits != 0 && !last ? a.get(i + skip + 1) << (64 - bits) : 0;
    result.set(i, (a.get(i + skip) >> bits) | carry);
  }
  return result;
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> ones(int count) {  // at bit 0
  return shift_right<N>(bit_not<N>(make<N>(0)), static_cast<unsigned>(N - count));
}
// Fields of up to 64 bits, which are nearly all, touch two words and not the whole number.
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> get_field(const Raw<N> &a, int hi, int lo) {
  const int width = hi - lo + 1;
  if (width > 64) {
    return bit_and<N>(shift_right<N>(a, static_cast<unsigned>(lo)), ones<N>(width));
  }
  const int word = lo / 64;
  const int bit = lo % 64;
  uint64_t value = a.get(word) >> bit;
  if (word + 1 < Raw<N>::kWords && bit + width > 64) value |= a.get(word + 1) << (64 - bit);
  return make<N>(value & (~uint64_t{0} >> (64 - width)));
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> put_field(const Raw<N> &a, int hi, int lo,
                                               const Raw<N> &value) {
  const int width = hi - lo + 1;
  if (width > 64) {
    const Raw<N> mask = ones<N>(width);
    const Raw<N> hole = bit_not<N>(shift_left<N>(mask, static_cast<unsigned>(lo)));
    const Raw<N> field = shift_left<N>(bit_and<N>(value, mask), static_cast<unsigned>(lo));
    return bit_or<N>(bit_and<N>(a, hole), field);
  }
  const int word = lo / 64;
  const int bit = lo % 64;
  const uint64_t mask = ~uint64_t{0} >> (64 - width);
  const uint64_t field = value.get(0) & mask;
  Raw<N> result = a;
  result.set(word, (a.get(word) & ~(mask << bit)) | (field << bit));
  if (word + 1 < Raw<N>::kWords && bit + width > 64) {
    const int rest = 64 - bit;
    result.set(word + 1, (a.get(word + 1) & ~(mask >> rest)) | (field >> rest));
  }
  return result;
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> add(const Raw<N> &a, const Raw<N> &b) {
  Raw<N> result{};
  DoubleWord carry = 0;
  for (int i = 0; i < Raw<N>::kWords; i++) {
    carry += DoubleWord{a.get(i)} + b.get(i);
    result.set(i, static_cast<uint64_t>(carry));
    carry >>= 64;
  }
  return result;
}
template <int N>
SLUICE_FIXED_INLINE constexpr Raw<N> multiply(const Raw<N> &a, const Raw<N> &b) {
  Raw<N> result{};
  for (int i = 0; i < Raw<N>::kWords; i++) {
    DoubleWord carry = 0;
    for (int j = 0; i + j < Raw<N>::kWords; j++) {
      carry += DoubleWord{a.get(i)} * b.get(j) + result.get(i + j);
      result.set(i + j, static_cast<uint64_t>(carry));
      carry >>= 64;
    }
  }
  return result;
}
template <int N>
SLUICE_FIXED_INLINE constexpr bool equal(const Raw<N> &a, const Raw<N> &b) {
  for (int i = 0; i < Raw<N>::kWords; i++) {
    if (a.get(i) != b.get(i)) return false;
  }
  return true;
}
template <int N>
SLUICE_FIXED_INLINE constexpr bool less(const Raw<N> &a, const Raw<N> &b) {
  for (int i = Raw<N>::kWords - 1; i >= 0; i--) {
    if (a.get(i) != b.get(i)) return a.get(i) < b.get(i);
  }
  return false;
}

}  // namespace fixed
}  // namespace sluice
