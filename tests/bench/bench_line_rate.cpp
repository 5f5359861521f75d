// packets a second and latency of the simulated card at every frame size and rewrite mode (a
// minute)
#include <algorithm>
#include <cstdio>
#include <deque>
#include <numeric>
#include <string>

#include "card_load.hpp"
#include "report.hpp"

namespace {

using namespace sluice;
using bench::Mode;

constexpr std::uint32_t kFrameBytes[] = {60, 64, 65, 66, 69, 128, 129, 256, 512, 1024, 1514, 9000};
constexpr Mode kModes[] = {Mode::dnat, Mode::dnat_return, Mode::dsr, Mode::ipip};
constexpr double kClockMhz = 322.265625;
constexpr std::uint64_t kMeasuredCycles = 20'000;
constexpr std::uint64_t kFewestPackets = 128;
constexpr std::uint64_t kWarmUpPackets = 32;
constexpr std::size_t kPoolFrames = 64;
constexpr std::uint64_t kBoundCycles = 1'000'000;

// Of one direction through the card: in at `ingress`, out at the other port.
struct Direction {
  std::uint32_t ingress = 0;
  std::vector<sim::Frame> pool;
  std::uint64_t pushed = 0;
  std::uint64_t out_bytes = 0;
  std::deque<std::uint64_t> last_beats_in;
  std::vector<std::int64_t> latencies_cycles;
  std::vector<std::uint64_t> last_beats_out;
};

struct Measurement {
  Mode mode = Mode::dnat;
  std::uint32_t frame_bytes = 0;
  bool burst = false;
  std::vector<Direction> directions;
};

std::uint64_t slot_units(const Direction& direction) {
  return (direction.pool[0].slot_bytes + sim::kWireOverheadBytes) * sim::kWireUnitsPerByte;
}

double slot_cycles(const Direction& direction) {
  return static_cast<double>(slot_units(direction)) / static_cast<double>(sim::kWireUnitsPerCycle);
}

// About kMeasuredCycles, and a number that takes a whole number of cycles on a full wire, so that
// rounding to cycles does not show as a rate above or below the wire's.
std::uint64_t measured_packets(const Direction& direction) {
  const std::uint64_t period =
      sim::kWireUnitsPerCycle / std::gcd(sim::kWireUnitsPerCycle, slot_units(direction));
  const auto wanted = std::max(
      kFewestPackets, static_cast<std::uint64_t>(kMeasuredCycles / slot_cycles(direction)));
  return (wanted + period - 1) / period * period;
}

void plug(sim::SimCard& card, Direction& direction, bool burst) {
  sim::RxSource& source = card.rx(direction.ingress);
  sim::TxSink& sink = card.tx(1 - direction.ingress);
  source.set_pace(burst ? sim::RxPace::back_to_back : sim::RxPace::mac_100g);
  sink.set_ready(burst ? sim::TxReady::always : sim::TxReady::mac_100g);
  source.set_sent_hook([&direction](const sim::Frame& frame) {
    direction.last_beats_in.push_back(frame.last_cycle);
  });
  sink.set_received_hook([&direction](const sim::Frame& frame) {
    direction.latencies_cycles.push_back(
        static_cast<std::int64_t>(frame.first_cycle - direction.last_beats_in.front()));
    direction.last_beats_in.pop_front();
    direction.last_beats_out.push_back(frame.last_cycle);
    direction.out_bytes = frame.bytes.size();
  });
}

// Both directions' queues never run dry until `packets` of each are in.
void run(sim::SimCard& card, Measurement& measurement, std::uint64_t packets) {
  for (Direction& direction : measurement.directions) plug(card, direction, measurement.burst);
  bool more = true;
  while (more) {
    more = false;
    for (Direction& direction : measurement.directions) {
      while (direction.pushed < packets && card.rx(direction.ingress).queued_frames() < 8) {
        card.rx(direction.ingress).push(direction.pool[direction.pushed % kPoolFrames]);
        ++direction.pushed;
      }
      more = more || direction.pushed < packets;
    }
    card.run(4);
  }
  if (!card.drain(kBoundCycles)) std::fprintf(stderr, "packets do not leave the card\n");
  for (Direction& direction : measurement.directions) {
    card.rx(direction.ingress).set_sent_hook(nullptr);
    card.tx(1 - direction.ingress).set_received_hook(nullptr);
  }
}

bench::Row row_of(const Measurement& measurement) {
  std::int64_t measured = 0;
  std::int64_t window_cycles = 0;
  std::int64_t drops = 0;
  std::int64_t beats = 0;
  std::vector<std::int64_t> latencies;
  for (const Direction& direction : measurement.directions) {
    const auto& out = direction.last_beats_out;
    drops += static_cast<std::int64_t>(direction.pushed - out.size());
    const std::size_t first = std::min<std::size_t>(kWarmUpPackets, out.size() - 1);
    const auto packets = static_cast<std::int64_t>(out.size() - 1 - first);
    measured += packets;
    beats += packets * static_cast<std::int64_t>((direction.out_bytes + 63) / 64);
    window_cycles = std::max(window_cycles, static_cast<std::int64_t>(out.back() - out[first]));
    latencies.insert(latencies.end(), direction.latencies_cycles.begin(),
                     direction.latencies_cycles.end());
  }
  std::sort(latencies.begin(), latencies.end());
  // With frames missing nobody knows which one a frame that leaves was.
  if (drops != 0) latencies.assign(1, 0);
  const double rate = static_cast<double>(measured) / static_cast<double>(window_cycles);
  const auto ports = static_cast<double>(measurement.directions.size());
  return {{"mode", std::string(name_of(measurement.mode)) + (measurement.burst ? "_burst" : "")},
          {"ports", static_cast<std::int64_t>(measurement.directions.size())},
          {"frame_bytes", static_cast<std::int64_t>(measurement.frame_bytes)},
          {"packets", measured},
          {"cycles", window_cycles},
          {"packets_per_cycle", rate},
          {"beats_per_cycle", static_cast<double>(beats) / static_cast<double>(window_cycles)},
          {"drops", drops},
          {"latency_min_cycles", latencies.front()},
          {"latency_p50_cycles", latencies[latencies.size() / 2]},
          {"latency_max_cycles", latencies.back()},
          {"mpps", rate * kClockMhz},
          {"line_rate_pct", 100 * rate / ports * slot_cycles(measurement.directions[0])}};
}

bench::Row measure(bench::CardLoad& load, Mode mode, std::uint32_t ports, std::uint32_t frame_bytes,
                   bool burst) {
  Measurement measurement;
  measurement.mode = mode;
  measurement.frame_bytes = frame_bytes;
  measurement.burst = burst;
  measurement.directions.resize(ports);
  for (std::uint32_t ingress = 0; ingress < ports; ++ingress) {
    measurement.directions[ingress].ingress = ingress;
    measurement.directions[ingress].pool =
        load.make_frames(mode, frame_bytes, ingress, kPoolFrames);
  }
  // One more to measure from, after those that fill the queues.
  run(load.card(), measurement, measured_packets(measurement.directions[0]) + kWarmUpPackets + 1);
  return row_of(measurement);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string json_file = bench::json_option(argc, argv);
  bench::CardLoad load(1);
  bench::Report report("line-rate", load.build_id());
  report.note("Simulated card; Mpps at an assumed clock of 322.265625 MHz. Frames without FCS.");
  report.note(
      "Offered load: the busier wire, in or out, is exactly full at 100GbE (24 bytes beside a "
      "frame); _burst: a beat every cycle in, TX always ready.");
  report.note(
      "line_rate_pct: of what the busier wire can carry. Latency: from a frame's last beat in to "
      "its first beat out, so beyond store-and-forward. Packets and cycles are those between the "
      "33rd and the last frame out of a port.");
  for (const Mode mode : kModes) {
    for (const std::uint32_t ports : {1u, 2u}) {
      for (const std::uint32_t frame_bytes : kFrameBytes) {
        report.add(measure(load, mode, ports, frame_bytes, false));
      }
    }
  }
  for (const std::uint32_t frame_bytes : kFrameBytes) {
    report.add(measure(load, Mode::dnat, 1, frame_bytes, true));
  }
  const bool written = report.write(json_file);
  if (load.card().failed()) {
    std::fprintf(stderr, "bench_line_rate: %s\n", load.card().error().c_str());
    return 1;
  }
  return written ? 0 : 1;
}
