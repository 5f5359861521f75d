// sluice-xrt-bridge: plays the device process of XRT's hardware emulation for a running sluice-sim.
// docs/xrt-emulation.md is the manual.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "bridge.hpp"
#include "emulated_card.hpp"

namespace {

using namespace sluice::sim::xrt;

volatile std::sig_atomic_t stop = 0;

void ask_to_stop(int) { stop = 1; }

void report(const sluice::base::Error& error) {
  std::fprintf(stderr, "sluice-xrt-bridge: %s\n", error.message().c_str());
}

int run(const std::string& socket_path, const CardOptions& options) {
  EmulatedCard card(options);
  Bridge bridge(socket_path, card);
  if (auto done = bridge.listen(); !done) {
    report(done.error());
    return 1;
  }
  struct sigaction action{};
  action.sa_handler = ask_to_stop;
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaction(number, &action, nullptr);
  while (stop == 0) bridge.serve(std::chrono::milliseconds(50));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Plays the device of XRT's hardware emulation for a running sluice-sim.");
  std::string socket_path;
  CardOptions card;
  app.add_option("--sim", card.sim_socket, "control socket of sluice-sim")->required();
  app.add_option("--socket", socket_path, "where XRT connects: /tmp/$USER/$EMULATION_SOCKETID")
      ->required();
  card.report = report;
  CLI11_PARSE(app, argc, argv);
  return run(socket_path, card);
}
