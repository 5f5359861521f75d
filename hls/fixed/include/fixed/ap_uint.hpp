// ap_uint<N>: unsigned integers of N bits for the packet path, from three sources.
//   Vitis HLS   the vendor's <ap_int.h>
//   clang       unsigned _BitInt(N): what hlsc compiles
//   g++         words (ap_uint_words.hpp); also under clang with SLUICE_FIXED_WORDS, to compare
//
// Kernels use only forms that mean the same in all of them, in C++14:
//   ap_uint<M>(x)             from an ap_uint of another width or an integer: cut or zero-extended
//   x & y, x | y, x ^ y       width max(A, B); also &= |= ^=
//   x + y, x * y              widths max(A, B) + 1 and A + B: nothing is lost
//   x << s, x >> s            width of x; s unsigned; 0 if s >= N
//   == != < <= > >=           between ap_uints of any widths
//   ap_uint<N>(~x)            the vendor's ~x alone is signed and one bit wider
//   x[i]                      read one bit
//   ap_uint<K>(x.range(hi, lo)), x.range(hi, lo) = ap_uint<K>(y)
//   x.to_uint64(), x.to_uint()
// There is no operator- (the vendor's result is signed) and no comparison with a plain integer.
// Give variables a value when declared: the vendor leaves them undefined.
//
// Memory of ours: byte i is bits [8i+7:8i]; sizeof is 1, 2, 4, 8 or a multiple of 8 bytes.
#pragma once

#if defined(__VITIS_HLS__) || defined(__SYNTHESIS__)
#include <ap_int.h>
#else

#include <cstdint>
#include <type_traits>

#define SLUICE_FIXED_INLINE inline __attribute__((always_inline))

#if defined(__clang__) && !defined(SLUICE_FIXED_WORDS)
#include "fixed/ap_uint_bitint.hpp"
#else
#include "fixed/ap_uint_words.hpp"
#endif

template <int N>
class ap_uint {
  static_assert(N >= 1, "a width of at least one bit");
  using Raw = sluice::fixed::Raw<N>;

 public:
  // Stands for bits [hi:lo] of a variable, to be read or assigned.
  class Range {
   public:
    SLUICE_FIXED_INLINE constexpr Range(ap_uint &whole, int hi, int lo)
        : whole_(whole), hi_(hi), lo_(lo) {}

    template <int M>
    SLUICE_FIXED_INLINE constexpr operator ap_uint<M>() const {
      return ap_uint<M>(whole_.get(hi_, lo_));
    }
    template <int M>
    SLUICE_FIXED_INLINE constexpr const Range &operator=(const ap_uint<M> &value) const {
      whole_.put(hi_, lo_, ap_uint(value));
      return *this;
    }
    SLUICE_FIXED_INLINE constexpr uint64_t to_uint64() const {
      return whole_.get(hi_, lo_).to_uint64();
    }
    SLUICE_FIXED_INLINE constexpr uint32_t to_uint() const {
      return whole_.get(hi_, lo_).to_uint();
    }

   private:
    ap_uint &whole_;
    int hi_;
    int lo_;
  };

  SLUICE_FIXED_INLINE constexpr ap_uint() : raw_(sluice::fixed::make<N>(0)) {}
  template <class Integer, class = typename std::enable_if<std::is_integral<Integer>::value>::type>
  SLUICE_FIXED_INLINE constexpr ap_uint(Integer value)
      : raw_(sluice::fixed::make<N>(static_cast<uint64_t>(value))) {}
  template <int M>
  SLUICE_FIXED_INLINE constexpr ap_uint(const ap_uint<M> &other)
      : raw_(sluice::fixed::resize<N, M>(other.raw())) {}

  SLUICE_FIXED_INLINE static constexpr ap_uint from_raw(const Raw &raw) {
    ap_uint result;
    result.raw_ = raw;
    return result;
  }
  SLUICE_FIXED_INLINE constexpr const Raw &raw() const { return raw_; }

  SLUICE_FIXED_INLINE constexpr Range range(int hi, int lo) { return Range(*this, hi, lo); }
  SLUICE_FIXED_INLINE constexpr ap_uint range(int hi, int lo) const { return get(hi, lo); }
  SLUICE_FIXED_INLINE constexpr bool operator[](int bit) const {
    return (sluice::fixed::low64<N>(
                sluice::fixed::shift_right<N>(raw_, static_cast<unsigned>(bit))) &
            1) != 0;
  }
  SLUICE_FIXED_INLINE constexpr uint64_t to_uint64() const { return sluice::fixed::low64<N>(raw_); }
  SLUICE_FIXED_INLINE constexpr uint32_t to_uint() const {
    return static_cast<uint32_t>(to_uint64());
  }

  SLUICE_FIXED_INLINE constexpr ap_uint operator~() const {
    return from_raw(sluice::fixed::bit_not<N>(raw_));
  }
  SLUICE_FIXED_INLINE constexpr ap_uint operator<<(unsigned count) const {
    return count < N ? from_raw(sluice::fixed::shift_left<N>(raw_, count)) : ap_uint();
  }
  SLUICE_FIXED_INLINE constexpr ap_uint operator>>(unsigned count) const {
    return count < N ? from_raw(sluice::fixed::shift_right<N>(raw_, count)) : ap_uint();
  }
  SLUICE_FIXED_INLINE constexpr ap_uint &operator&=(const ap_uint &other) {
    raw_ = sluice::fixed::bit_and<N>(raw_, other.raw_);
    return *this;
  }
  SLUICE_FIXED_INLINE constexpr ap_uint &operator|=(const ap_uint &other) {
    raw_ = sluice::fixed::bit_or<N>(raw_, other.raw_);
    return *this;
  }
  SLUICE_FIXED_INLINE constexpr ap_uint &operator^=(const ap_uint &other) {
    raw_ = sluice::fixed::bit_xor<N>(raw_, other.raw_);
    return *this;
  }

 private:
  SLUICE_FIXED_INLINE constexpr ap_uint get(int hi, int lo) const {
    return from_raw(sluice::fixed::get_field<N>(raw_, hi, lo));
  }
  SLUICE_FIXED_INLINE constexpr void put(int hi, int lo, const ap_uint &value) {
    raw_ = sluice::fixed::put_field<N>(raw_, hi, lo, value.raw_);
  }

  Raw raw_;
};

namespace sluice {
namespace fixed {
constexpr int wider(int a, int b) { return a > b ? a : b; }
}  // namespace fixed
}  // namespace sluice

// Binary operators widen both sides to the width W of the result first.
#define SLUICE_FIXED_BINARY(symbol, function, width)                                              \
  template <int A, int B>                                                                         \
  SLUICE_FIXED_INLINE constexpr ap_uint<(width)> operator symbol(const ap_uint<A> &a,             \
                                                                 const ap_uint<B> &b) {           \
    return ap_uint<(width)>::from_raw(sluice::fixed::function<(width)>(                           \
        sluice::fixed::resize<(width), A>(a.raw()), sluice::fixed::resize<(width), B>(b.raw()))); \
  }
SLUICE_FIXED_BINARY(&, bit_and, sluice::fixed::wider(A, B))
SLUICE_FIXED_BINARY(|, bit_or, sluice::fixed::wider(A, B))
SLUICE_FIXED_BINARY(^, bit_xor, sluice::fixed::wider(A, B))
SLUICE_FIXED_BINARY(+, add, sluice::fixed::wider(A, B) + 1)
SLUICE_FIXED_BINARY(*, multiply, A + B)
#undef SLUICE_FIXED_BINARY

template <int A, int B>
SLUICE_FIXED_INLINE constexpr bool operator==(const ap_uint<A> &a, const ap_uint<B> &b) {
  constexpr int kWidth = sluice::fixed::wider(A, B);
  return sluice::fixed::equal<kWidth>(sluice::fixed::resize<kWidth, A>(a.raw()),
                                      sluice::fixed::resize<kWidth, B>(b.raw()));
}
template <int A, int B>
SLUICE_FIXED_INLINE constexpr bool operator<(const ap_uint<A> &a, const ap_uint<B> &b) {
  constexpr int kWidth = sluice::fixed::wider(A, B);
  return sluice::fixed::less<kWidth>(sluice::fixed::resize<kWidth, A>(a.raw()),
                                     sluice::fixed::resize<kWidth, B>(b.raw()));
}
template <int A, int B>
SLUICE_FIXED_INLINE constexpr bool operator!=(const ap_uint<A> &a, const ap_uint<B> &b) {
  return !(a == b);
}
template <int A, int B>
SLUICE_FIXED_INLINE constexpr bool operator>(const ap_uint<A> &a, const ap_uint<B> &b) {
  return b < a;
}
template <int A, int B>
SLUICE_FIXED_INLINE constexpr bool operator<=(const ap_uint<A> &a, const ap_uint<B> &b) {
  return !(b < a);
}
template <int A, int B>
SLUICE_FIXED_INLINE constexpr bool operator>=(const ap_uint<A> &a, const ap_uint<B> &b) {
  return !(a < b);
}

#endif
