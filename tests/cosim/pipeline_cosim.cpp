#include "pipeline_cosim.hpp"

#include <cstdio>
#include <cstring>
#include <deque>

namespace sluice::cosim {

namespace {

struct Inside {
  std::uint64_t number;
  packet_gen::Kind kind;
  path::PacketIn in;
  path::PacketOut expected;
};

std::string bytes_text(const void* data, std::size_t bytes) {
  std::string text;
  char digits[4];
  for (std::size_t i = 0; i < bytes; ++i) {
    std::snprintf(digits, sizeof digits, "%02x", static_cast<const std::uint8_t*>(data)[i]);
    text += digits;
  }
  return text;
}

std::string describe(const char* who, const path::PacketOut& out) {
  std::string text = std::string("\n  ") + who + ": verdict " + std::to_string(out.verdict) +
                     " reason " + std::to_string(out.reason) + " header_bytes " +
                     std::to_string(out.header_bytes) + " frame_bytes " +
                     std::to_string(out.frame_bytes) + " egress_port " +
                     std::to_string(out.egress_port) + " direction " +
                     std::to_string(out.direction) + " service " + std::to_string(out.service) +
                     " backend " + std::to_string(out.backend) + "\n    header ";
  return text + bytes_text(&out.header, sizeof out.header);
}

std::string difference_text(const Inside& packet, const path::PacketOut& out) {
  return "packet " + std::to_string(packet.number) + " (" + packet_gen::name_of(packet.kind) +
         ", " + std::to_string(packet.in.frame_bytes) + " bytes, port " +
         std::to_string(packet.in.port) + ", epoch " + std::to_string(packet.in.epoch) +
         ")\n  window " + bytes_text(&packet.in.window, sizeof packet.in.window) +
         describe("native", packet.expected) + describe("RTL   ", out);
}

}  // namespace

PipelineOutcome compare_pipeline(PipelineModel& model, const PipelineRun& run,
                                 const NativePath& native) {
  const auto tables = packet_gen::make_tables(run.seed, run.tables);
  model.set_tables(tables->images);
  packet_gen::PacketGenerator generator(run.seed + 1, *tables, run.generator);
  packet_gen::Random bubbles(run.seed + 2);
  std::deque<Inside> inside;
  PipelineOutcome outcome;
  packet_gen::Packet packet;
  std::uint64_t entered = 0;
  std::uint32_t quiet_cycles = 0;
  while (outcome.compared < run.packets && quiet_cycles < 1000) {
    const bool enter = entered < run.packets && bubbles.below(1000) >= run.bubble_permille;
    if (enter) {
      generator.next(packet);
      auto in = packet_gen::packet_in(packet.bytes, packet.port, packet.epoch);
      in.random = bubbles.word();
      inside.push_back({entered, packet.kind, in, native(tables->images, in)});
      ++outcome.kinds_seen[static_cast<std::size_t>(packet.kind)];
      ++entered;
    }
    path::PacketOut out{};
    const bool left = model.step(enter ? &inside.back().in : nullptr, &out);
    quiet_cycles = enter || left ? 0 : quiet_cycles + 1;
    if (!left) continue;
    if (inside.empty()) {
      outcome.difference = "a result without a packet";
      return outcome;
    }
    if (std::memcmp(&out, &inside.front().expected, sizeof out) != 0) {
      outcome.difference = difference_text(inside.front(), out);
      return outcome;
    }
    ++outcome.reasons_seen[out.reason];
    ++outcome.compared;
    outcome.answered += out.cut;
    inside.pop_front();
  }
  if (outcome.compared < run.packets) outcome.difference = "packets vanish in the pipeline";
  return outcome;
}

}  // namespace sluice::cosim
