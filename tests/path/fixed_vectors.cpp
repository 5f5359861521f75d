// Prints random operations on ap_uint and their results, a line each: name, widths, operands,
// result, all in hex. fixed_test.py compares what three compilers print with Python's integers.
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fixed/ap_uint.hpp"
#include "packet_gen/random.hpp"

namespace {

using sluice::packet_gen::Random;

template <int N>
void print(const ap_uint<N>& value) {
  std::printf(" ");
  for (int word = (N - 1) / 64; word >= 0; word--) {
    const int hi = word * 64 + 63 < N ? word * 64 + 63 : N - 1;
    std::printf("%016" PRIx64, ap_uint<64>(value.range(hi, word * 64)).to_uint64());
  }
}

template <class... Values>
void line(const char* name, int a, int b, const Values&... values) {
  std::printf("%s %d %d", name, a, b);
  (print(values), ...);
  std::printf("\n");
}

// Random, all zeros or all ones in runs: carries travel far.
template <int N>
ap_uint<N> random_value(Random& random) {
  ap_uint<N> value = 0;
  for (int word = 0; word * 64 < N; word++) {
    const int hi = word * 64 + 63 < N ? word * 64 + 63 : N - 1;
    const uint32_t kind = random.below(4);
    const uint64_t bits = kind == 0 ? 0 : kind == 1 ? ~uint64_t{0} : random.next();
    value.range(hi, word * 64) = ap_uint<64>(bits);
  }
  return value;
}

template <int N>
void unary(Random& random) {
  const ap_uint<N> x = random_value<N>(random);
  line("not", N, 0, x, ap_uint<N>(~x));
  const unsigned count = random.below(N + 8);
  line("shl", N, static_cast<int>(count), x, x << count);
  line("shr", N, static_cast<int>(count), x, x >> count);
  const int lo = static_cast<int>(random.below(N));
  const int hi = lo + static_cast<int>(random.below(static_cast<uint32_t>(N - lo)));
  ap_uint<N> y = x;
  const ap_uint<N> patch = random_value<N>(random);
  line("get", hi, lo, x, ap_uint<N>(y.range(hi, lo)));
  line("get64", hi, lo, x, ap_uint<64>(y.range(hi, lo).to_uint64()));
  y.range(hi, lo) = patch;
  line("put", hi, lo, x, patch, y);
  line("bit", lo, 0, x, ap_uint<1>(x[lo]));
  line("low64", N, 0, x, ap_uint<64>(x.to_uint64()));
  line("low32", N, 0, x, ap_uint<32>(x.to_uint()));
}

template <int A, int B>
void binary(Random& random) {
  const ap_uint<A> x = random_value<A>(random);
  const ap_uint<B> y = random.one_in(8) ? ap_uint<B>(x) : random_value<B>(random);
  line("and", A, B, x, y, x & y);
  line("or", A, B, x, y, x | y);
  line("xor", A, B, x, y, x ^ y);
  line("add", A, B, x, y, x + y);
  line("mul", A, B, x, y, x * y);
  line("resize", A, B, x, ap_uint<B>(x));
  line("eq", A, B, x, y, ap_uint<1>(x == y));
  line("ne", A, B, x, y, ap_uint<1>(x != y));
  line("lt", A, B, x, y, ap_uint<1>(x < y));
  line("le", A, B, x, y, ap_uint<1>(x <= y));
  line("gt", A, B, x, y, ap_uint<1>(x > y));
  line("ge", A, B, x, y, ap_uint<1>(x >= y));
  ap_uint<A> z = x;
  z &= ap_uint<A>(y);
  line("and_eq", A, B, x, y, z);
  z = x;
  z |= ap_uint<A>(y);
  line("or_eq", A, B, x, y, z);
  z = x;
  z ^= ap_uint<A>(y);
  line("xor_eq", A, B, x, y, z);
}

template <int A, int... Bs>
void all_pairs(Random& random) {
  unary<A>(random);
  (binary<A, Bs>(random), ...);
}

// Layout is a contract with those who copy packets in and out: byte i is bits [8i+7:8i].
template <int N>
void check_layout() {
  static_assert(sizeof(ap_uint<N>) == (N <= 8    ? 1
                                       : N <= 16 ? 2
                                       : N <= 32 ? 4
                                                 : (N + 63) / 64 * 8),
                "");
  ap_uint<N> value = 0;
  for (int byte = 0; byte < N / 8; byte++) {
    value.range(byte * 8 + 7, byte * 8) = ap_uint<8>(byte * 37 + 11);
  }
  for (int byte = 0; byte < N / 8; byte++) {
    if (reinterpret_cast<const uint8_t*>(&value)[byte] != static_cast<uint8_t>(byte * 37 + 11)) {
      std::printf("layout %d wrong at byte %d\n", N, byte);
    }
  }
}

template <int... Ns>
void check_layouts() {
  (check_layout<Ns>(), ...);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s SEED ROUNDS\n", argv[0]);
    return 2;
  }
  Random random(std::strtoull(argv[1], nullptr, 0));
  const int rounds = std::atoi(argv[2]);
  check_layouts<1, 7, 8, 12, 16, 24, 32, 40, 48, 64, 65, 128, 152, 160, 640, 912, 1024, 1216>();
  for (int round = 0; round < rounds; round++) {
    all_pairs<1, 1, 8, 65>(random);
    all_pairs<7, 9, 64>(random);
    all_pairs<16, 16, 24>(random);
    all_pairs<33, 31, 128>(random);
    all_pairs<48, 48, 16>(random);
    all_pairs<64, 64, 1, 65>(random);
    all_pairs<65, 64, 127>(random);
    all_pairs<160, 160, 32>(random);
    all_pairs<640, 129, 640>(random);
    all_pairs<1024, 1024, 8, 1216>(random);
    all_pairs<1216, 1024, 160>(random);
  }
  return 0;
}
