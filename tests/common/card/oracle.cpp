#include "card/oracle.hpp"

#include <algorithm>
#include <cstring>

#include "layout/reasons.hpp"
#include "layout/registers.hpp"

namespace sluice::card_test {

namespace {

constexpr std::uint64_t kDrainBoundCycles = 300'000;
constexpr std::uint32_t kFlowSample = 64;  // of the flow counters that must be zero, one in so many

bool is_punt(std::uint32_t code) {
  std::uint32_t count = 0;
  const layout::ReasonInfo* info = layout::reasons(&count);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (info[i].code == code) return info[i].kind == layout::ReasonKind::punt;
  }
  return false;
}

std::string reason_name(std::uint32_t code) {
  std::uint32_t count = 0;
  const layout::ReasonInfo* info = layout::reasons(&count);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (info[i].code == code) return info[i].name;
  }
  return "reason " + std::to_string(code);
}

std::string hex_dump(const std::vector<std::uint8_t>& bytes) {
  static const char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(bytes.size(), 160); ++i) {
    if (i % 16 == 0) text += "\n    ";
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
    text += ' ';
  }
  return text;
}

}  // namespace

Oracle::Oracle(sim::SimCard& card, const packet_gen::Tables& tables, std::uint8_t bank)
    : card_(card),
      tables_(tables),
      bank_(bank),
      services_(layout::kServices),
      backends_(layout::kBackends) {}

void Oracle::fail(const std::string& what) {
  if (error_.empty()) error_ = what;
}

void Oracle::push(std::uint32_t port, sim::Frame frame) {
  expect(port, frame);
  card_.rx(port).push(std::move(frame));
  ++pushed_;
}

void Oracle::expect(std::uint32_t port, const sim::Frame& frame) {
  ports_[port].rx_packets += 1;
  ports_[port].rx_bytes += frame.bytes.size();
  if (frame.error) {
    ++reasons_[layout::kReason_rx_error];
    return;
  }
  if (frame.bytes.size() > layout::kMaxFrameBytes) {
    ++reasons_[layout::kReason_oversize];
    return;
  }
  const path::PacketIn in =
      packet_gen::packet_in(frame.bytes, static_cast<std::uint8_t>(port), bank_);
  const path::PacketOut out = packet_gen::run_path(tables_, in);
  if (out.verdict != path::kVerdictForward) {
    ++reasons_[out.reason];
    if (out.verdict == path::kVerdictPunt) ++punts_;
    return;
  }
  Expected expected;
  expected.number = pushed_;
  packet_gen::splice(frame.bytes, out, expected.bytes);
  expected.received_bytes = static_cast<std::uint16_t>(frame.bytes.size());
  expected.service = out.service;
  expected.backend = out.backend;
  expected.direction = out.direction;
  queues_[out.egress_port][port].push_back(std::move(expected));
}

// The first of the queue has left: it moves the counters.
void Oracle::accept(std::uint32_t egress, Queue& queue) {
  const Expected& expected = queue.front();
  ports_[egress].tx_packets += 1;
  ports_[egress].tx_bytes += expected.bytes.size();
  for (layout::FlowCounters* flow : {&services_[expected.service], &backends_[expected.backend]}) {
    const bool in = expected.direction == path::kDirectionIn;
    if (expected.direction == path::kDirectionNone) break;
    (in ? flow->in_packets : flow->out_packets) += 1;
    (in ? flow->in_bytes : flow->out_bytes) += expected.received_bytes;
  }
  ++matched_;
  queue.pop_front();
}

bool Oracle::match_front(std::uint32_t egress, const sim::Frame& frame) {
  for (Queue& queue : queues_[egress]) {
    if (queue.empty() || queue.front().bytes != frame.bytes) continue;
    accept(egress, queue);
    return true;
  }
  return false;
}

bool Oracle::match_behind_lost(std::uint32_t egress, const sim::Frame& frame) {
  for (Queue& queue : queues_[egress]) {
    const auto found = std::find_if(queue.begin(), queue.end(), [&](const Expected& expected) {
      return expected.bytes == frame.bytes;
    });
    if (found == queue.end()) continue;
    lost_ += static_cast<std::uint64_t>(found - queue.begin());
    queue.erase(queue.begin(), found);
    accept(egress, queue);
    return true;
  }
  return false;
}

void Oracle::collect() {
  for (std::uint32_t egress = 0; egress < layout::kPorts; ++egress) {
    sim::Frame frame;
    while (card_.tx(egress).pop(&frame)) {
      if (match_front(egress, frame) || match_behind_lost(egress, frame)) continue;
      std::string text = "port " + std::to_string(egress) + " sent a frame of " +
                         std::to_string(frame.bytes.size()) + " bytes in cycle " +
                         std::to_string(frame.last_cycle) +
                         " that nobody expects:" + hex_dump(frame.bytes);
      for (std::uint32_t ingress = 0; ingress < layout::kPorts; ++ingress) {
        const Queue& queue = queues_[egress][ingress];
        if (queue.empty()) continue;
        text += "\n  next from port " + std::to_string(ingress) + ": packet " +
                std::to_string(queue.front().number) + ", " +
                std::to_string(queue.front().bytes.size()) +
                " bytes:" + hex_dump(queue.front().bytes);
      }
      fail(text);
    }
  }
}

void Oracle::equal(const std::string& what, std::uint64_t card, std::uint64_t expected) {
  if (card == expected) return;
  fail(what + ": the card counted " + std::to_string(card) + ", expected " +
       std::to_string(expected));
}

void Oracle::compare_counters(const sim::CardCounters& counters) {
  for (std::uint32_t port = 0; port < layout::kPorts; ++port) {
    const std::string name = "port " + std::to_string(port) + " ";
    equal(name + "rx_packets", counters.ports[port].rx_packets, ports_[port].rx_packets);
    equal(name + "rx_bytes", counters.ports[port].rx_bytes, ports_[port].rx_bytes);
    equal(name + "tx_packets", counters.ports[port].tx_packets, ports_[port].tx_packets);
    equal(name + "tx_bytes", counters.ports[port].tx_bytes, ports_[port].tx_bytes);
  }
  compare_reasons(counters);
}

// A frame lost at ingress is missing from whatever else it would have been: forwarded, dropped for
// another reason or punted. Everything else must be exact.
void Oracle::compare_reasons(const sim::CardCounters& counters) {
  const auto counted = [&](layout::Reason reason) { return counters.reasons[reason].packets; };
  std::uint64_t card_punts = counted(layout::kReason_punt_full) +
                             counted(layout::kReason_punt_full_asked) +
                             counted(layout::kReason_punt_oversize);
  const bool refused = card_punts != 0;
  for (const layout::PortCounters& port : counters.ports) card_punts += port.punted_packets;
  std::uint64_t missing = lost_ - counted(layout::kReason_egress_full) + punts_ - card_punts;
  if (!ingress_loss_) {
    equal("frames lost on their way out", counted(layout::kReason_egress_full), lost_);
    equal("punts and frames refused by the mailbox", card_punts, punts_);
  }
  for (std::uint32_t code = 1; code < layout::kReasons; ++code) {
    const bool by_load = code == layout::kReason_ingress_full ||
                         code == layout::kReason_egress_full || code == layout::kReason_punt_full ||
                         code == layout::kReason_punt_full_asked ||
                         code == layout::kReason_punt_oversize;
    if (by_load) continue;
    if (!is_punt(code)) missing += reasons_[code] - counters.reasons[code].packets;
    if (ingress_loss_ || (is_punt(code) && refused)) continue;
    equal(reason_name(code), counters.reasons[code].packets, reasons_[code]);
  }
  equal("frames lost at ingress", counted(layout::kReason_ingress_full), missing);
}

void Oracle::compare_flows(std::uint32_t table, const std::vector<layout::FlowCounters>& expected) {
  constexpr auto kBytes = static_cast<std::uint32_t>(sizeof(layout::FlowCounters));
  const std::string name = table == layout::kTable_service_counters ? "service " : "backend ";
  for (std::uint32_t i = 0; i < expected.size(); ++i) {
    if (expected[i].in_packets + expected[i].out_packets == 0 && i % kFlowSample != 0) continue;
    if (!card_.write(layout::kReg_table_page, table << 24 | i)) {
      return fail("the table page cannot be set");
    }
    std::uint32_t words[kBytes / 4];
    for (std::uint32_t word = 0; word < std::size(words); ++word) {
      const auto value = card_.read(layout::kWindow_table + 4 * word);
      if (!value) return fail(value.error().message());
      words[word] = *value;
    }
    layout::FlowCounters counters;
    std::memcpy(&counters, words, sizeof counters);
    const std::string entry = name + std::to_string(i) + " ";
    equal(entry + "in_packets", counters.in_packets, expected[i].in_packets);
    equal(entry + "in_bytes", counters.in_bytes, expected[i].in_bytes);
    equal(entry + "out_packets", counters.out_packets, expected[i].out_packets);
    equal(entry + "out_bytes", counters.out_bytes, expected[i].out_bytes);
  }
}

std::string Oracle::finish() {
  const bool drained = card_.drain(kDrainBoundCycles);
  collect();
  if (card_.failed()) fail(card_.error());
  for (auto& by_ingress : queues_) {
    for (Queue& queue : by_ingress) lost_ += queue.size();
  }
  const auto counters = sim::read_counters(card_);
  if (!counters) {
    fail(counters.error().message());
    return error_;
  }
  if (!drained) fail("packets do not leave the card: " + counters->equation());
  if (!counters->conserved()) fail("packets are not conserved: " + counters->equation());
  equal("in flight of a card at rest", counters->in_flight, 0);
  compare_counters(*counters);
  compare_flows(layout::kTable_service_counters, services_);
  compare_flows(layout::kTable_backend_counters, backends_);
  if (card_.failed()) fail(card_.error());
  return error_;
}

}  // namespace sluice::card_test
