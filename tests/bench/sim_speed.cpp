// Speed of the simulated card in wall time, both ports under a mix of frame sizes: the part of
// `./run bench sim` that needs no network.
#include <chrono>
#include <cstdio>

#include "card_load.hpp"
#include "report.hpp"

namespace {

using namespace sluice;
using bench::Mode;

constexpr std::uint64_t kCycles = 300'000;
constexpr std::size_t kFramesOfAKind = 32;

// Simple IMIX: seven short frames, four middle ones, one long.
std::vector<sim::Frame> mix(bench::CardLoad& load, std::uint32_t ingress) {
  std::vector<sim::Frame> frames;
  for (const Mode mode : {Mode::dnat, Mode::dnat_return, Mode::dsr, Mode::ipip}) {
    const auto small = load.make_frames(mode, 60, ingress, kFramesOfAKind);
    const auto middle = load.make_frames(mode, 590, ingress, kFramesOfAKind);
    const auto large = load.make_frames(mode, 1514, ingress, kFramesOfAKind);
    for (std::size_t i = 0; i < kFramesOfAKind; ++i) {
      for (std::size_t k = 0; k < 7; ++k) frames.push_back(small[(i + k) % kFramesOfAKind]);
      for (std::size_t k = 0; k < 4; ++k) frames.push_back(middle[(i + k) % kFramesOfAKind]);
      frames.push_back(large[i]);
    }
  }
  return frames;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string json_file = bench::json_option(argc, argv);
  bench::CardLoad load(1);
  sim::SimCard& card = load.card();
  std::uint64_t packets = 0;
  std::vector<sim::Frame> frames[layout::kPorts];
  std::size_t next[layout::kPorts] = {};
  for (std::uint32_t port = 0; port < layout::kPorts; ++port) {
    frames[port] = mix(load, port);
    card.rx(port).set_pace(sim::RxPace::mac_100g);
    card.tx(port).set_received_hook([&packets](const sim::Frame&) { ++packets; });
  }
  card.set_before_step([&] {
    for (std::uint32_t port = 0; port < layout::kPorts; ++port) {
      while (card.rx(port).queued_frames() < 2) {
        card.rx(port).push(frames[port][next[port]++ % frames[port].size()]);
      }
    }
  });
  const auto begin = std::chrono::steady_clock::now();
  card.run(kCycles);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;

  bench::Report report("sim", load.build_id());
  report.note("Both ports full at 100GbE with a mix of 60, 590 and 1514 bytes, every mode.");
  report.add({{"kilocycles_per_s", static_cast<double>(kCycles) / wall.count() / 1000},
              {"packets_per_s", static_cast<double>(packets) / wall.count()}});
  if (card.failed()) {
    std::fprintf(stderr, "sim_speed: %s\n", card.error().c_str());
    return 1;
  }
  return report.write(json_file) ? 0 : 1;
}
