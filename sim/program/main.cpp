// sluice-sim: the Verilated card with real packets on its ports and its registers on a socket.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "base/privileges.hpp"
#include "port_spec.hpp"
#include "simulator.hpp"

namespace {

using namespace sluice;
using namespace sluice::sim;

struct Arguments {
  SimulatorOptions simulator;
  std::vector<std::string> ports;
  unsigned mtu_bytes = 1500;
};

void declare(CLI::App& app, Arguments& arguments) {
  const std::map<std::string, TimeMode> times = {{"wall", TimeMode::wall},
                                                 {"sim", TimeMode::simulated}};
  const std::map<std::string, RxPace> paces = {{"burst", RxPace::back_to_back},
                                               {"mac", RxPace::mac_100g}};
  const std::map<std::string, bool> starts = {{"now", false}, {"commit", true}};
  SimulatorOptions& options = arguments.simulator;
  app.add_option("--control", options.control_path,
                 "Unix socket for the registers; a driver opens it as sim:PATH");
  app.add_option("--port", arguments.ports,
                 "N=tap:DEVICE[@NETNS], N=pcap:[IN],[OUT] or N=gen:KEY=VALUE,... (once a port; "
                 "keys: packets, bytes, flows, dst-mac, src-mac, src, dst, protocol)");
  app.add_option("--mtu", arguments.mtu_bytes, "MTU of the TAP devices in bytes")
      ->check(CLI::Range(576u, layout::kMaxFrameBytes - 18u))
      ->capture_default_str();
  app.add_option("--time", options.time,
                 "what the card's ticks follow: wall (live traffic) or sim (cycles)")
      ->transform(CLI::CheckedTransformer(times));
  app.add_option("--pace", options.pace,
                 "beats into a port: burst (one a cycle) or mac (as off a 100GbE wire)")
      ->transform(CLI::CheckedTransformer(paces));
  app.add_option("--start", options.start_at_commit,
                 "when pcap and gen begin: now, or with the first commit of tables")
      ->transform(CLI::CheckedTransformer(starts));
  app.add_flag("--until-done", options.until_done,
               "end when all pcap and gen ports are at their end");
  app.add_option("--trace", options.trace_file, "write a waveform (FST) to this file");
}

base::Result<void> run(const Arguments& arguments) {
  Simulator::Adapters adapters;
  for (const std::string& text : arguments.ports) {
    const auto spec = parse_port_spec(text);
    if (!spec) return spec.error();
    if (adapters[spec->port] != nullptr) {
      return base::Error{base::Errc::invalid, "this port is plugged twice", text};
    }
    auto adapter = open_port(*spec, arguments.mtu_bytes);
    if (!adapter) return adapter.error();
    adapters[spec->port] = std::move(*adapter);
  }
  // The devices are made; what follows needs nothing of root's but its files.
  if (auto done = base::keep_capabilities(0); !done) return done;
  auto simulator = Simulator::create(arguments.simulator, std::move(adapters));
  if (!simulator) return simulator.error();
  std::fprintf(stderr, "sluice-sim: ready\n");
  auto done = (*simulator)->run();
  std::printf("%s\n", (*simulator)->info().c_str());
  return done;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Runs the Verilated card. Ends on SIGINT or SIGTERM.", "sluice-sim");
  Arguments arguments;
  declare(app, arguments);
  CLI11_PARSE(app, argc, argv);
  if (auto done = run(arguments); !done) {
    std::fprintf(stderr, "sluice-sim: %s\n", done.error().message().c_str());
    return 1;
  }
  return 0;
}
