// libFuzzer target of the filter before the host's stack: any frame is ruled on without fault, and
// what reaches the stack is neither for a service nor from an address that comes by a wrong port.
// The rules are looked up again here, in other words.
#include "must.hpp"
#include "net/punt_filter.hpp"
#include "net/refusal.hpp"

namespace {

using namespace sluice;
using Frame = std::span<const std::uint8_t>;

constexpr std::uint32_t kVip = 0x0a090001;
constexpr std::uint32_t kRejecting = 0x0a090002;
constexpr std::uint32_t kHosted = 0x0a090003;
constexpr std::uint32_t kPort0 = 0x0a010001;  // 10.1.0.1/24
constexpr std::uint32_t kPort1 = 0x0a020001;  // 10.2.0.1/24

net::PuntView make_view() {
  net::PuntView view;
  view.ports = {{{kPort0}, 24}, {{kPort1}, 24}};
  view.vips = {{{kVip}, net::Unserved::drop},
               {{kRejecting}, net::Unserved::reject},
               {{kHosted}, net::Unserved::host}};
  for (const std::uint32_t vip : {kVip, kRejecting, kHosted}) {
    view.services.insert({{vip}, 80, 6});
    view.services.insert({{vip}, 53, 17});
  }
  return view;
}

std::uint32_t number(Frame frame, std::size_t at, std::size_t bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | frame[at + i];
  return value;
}

bool is_vip(std::uint32_t address) { return address >= kVip && address <= kHosted; }

void check_source(std::uint32_t source, unsigned port) {
  MUST(source != kPort0 && source != kPort1 && !is_vip(source));
  MUST(source >> 24 != 127 && source >> 28 < 0xe);
  if (source >> 8 == kPort0 >> 8) MUST(port == 0);
  if (source >> 8 == kPort1 >> 8) MUST(port == 1);
}

// Of a frame that the host's stack gets.
void check_passed(Frame frame, unsigned port) {
  MUST(frame.size() >= 34);
  const std::uint32_t ethertype = number(frame, 12, 2);
  if (ethertype == 0x0806) {
    MUST(frame.size() >= 42);
    if (number(frame, 28, 4) == 0) return;  // a probe
    check_source(number(frame, 28, 4), port);
    MUST(number(frame, 28, 3) == (port == 0 ? kPort0 : kPort1) >> 8);
    return;
  }
  MUST(ethertype == 0x0800);
  check_source(number(frame, 26, 4), port);
  const std::uint32_t to = number(frame, 30, 4);
  if (!is_vip(to)) return;
  if (frame[23] == 1) return;
  MUST((number(frame, 20, 2) & 0x3fff) == 0);
  const std::size_t l4 = 14 + (frame[14] & 15) * 4u;
  MUST(to == kHosted);
  if (frame[23] == 6 || frame[23] == 17) MUST(l4 + 4 <= frame.size());
  if (frame[23] == 6) MUST(number(frame, l4 + 2, 2) != 80);
  if (frame[23] == 17) MUST(number(frame, l4 + 2, 2) != 53);
}

void check_answer(Frame frame, Frame answer) {
  MUST(answer.size() >= 60 && answer.size() <= 14 + 576);
  for (std::size_t i = 0; i < 6; ++i) MUST(answer[i] == frame[6 + i] && answer[6 + i] == frame[i]);
  MUST(number(answer, 26, 4) == number(frame, 30, 4));
  MUST(number(answer, 30, 4) == number(frame, 26, 4));
  MUST(answer[23] == (frame[23] == 6 ? 6 : 1));
  MUST(!net::refusal_of(answer));  // or two would answer each other for ever
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  static const net::PuntView kView = make_view();
  const unsigned port = data[0] & 1;
  const Frame frame(data + 1, size - 1);
  const net::PuntRuling ruling = net::judge(kView, {port, (data[0] & 2) != 0, frame});
  MUST(ruling != net::PuntRuling::limited);
  MUST(static_cast<std::size_t>(ruling) < net::kPuntRulings);
  if (net::reaches_stack(ruling)) check_passed(frame, port);
  const auto answer = net::refusal_of(frame);
  if (answer) check_answer(frame, *answer);
  return 0;
}
