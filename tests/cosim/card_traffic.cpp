#include "card_traffic.hpp"

#include <vector>

#include "card/table_loader.hpp"

namespace sluice::cosim {

namespace {

constexpr std::size_t kQueuedFrames = 2;
constexpr std::uint32_t kBatchCycles = 64;

// One in so many frames.
constexpr std::uint32_t kErrorFrames = 20;
constexpr std::uint32_t kOversizeFrames = 200;

sim::Frame next_frame(const CardRun& run, packet_gen::PacketGenerator& generator,
                      packet_gen::Random& random, packet_gen::Packet& packet) {
  generator.next(packet);
  sim::Frame frame;
  frame.bytes = packet.bytes;
  if (!run.error_frames) return frame;
  frame.error = random.one_in(kErrorFrames);
  if (random.one_in(kOversizeFrames)) {
    frame.bytes.resize(random.between(layout::kMaxFrameBytes + 1, layout::kMaxFrameBytes + 3000));
  }
  return frame;
}

}  // namespace

CardOutcome run_card(const CardRun& run) {
  const auto tables = packet_gen::make_tables(run.seed, run.tables);
  sim::SimCard card;
  card_test::TableLoader loader(card);
  loader.apply(*card_test::images_of(tables->images, 1));
  for (std::uint32_t port = 0; port < layout::kPorts; ++port) {
    card.rx(port).set_pace(run.rx.pace, run.rx.idle_permille, run.seed + port);
    card.tx(port).set_ready(run.tx.ready, run.tx.busy_permille, run.seed + 10 + port);
  }
  card_test::Oracle oracle(card, tables->images, 1);
  if (run.ingress_loss) oracle.allow_ingress_loss();
  packet_gen::GeneratorOptions options = run.generator;
  options.fixed_epoch = 1;
  std::vector<packet_gen::PacketGenerator> generators;
  for (std::uint32_t port = 0; port < layout::kPorts; ++port) {
    options.fixed_port = static_cast<int>(port);
    generators.emplace_back(run.seed + 1 + 100 * port, *tables, options);
  }
  packet_gen::Random random(run.seed + 2);
  packet_gen::Packet packet;
  const std::uint64_t begin_cycle = card.cycle();
  // The wires never run dry: what is pushed is what the pattern lets through.
  card.set_before_step([&] {
    for (std::uint32_t port = 0; port < layout::kPorts; ++port) {
      while (card.rx(port).queued_frames() < kQueuedFrames && oracle.pushed() < run.packets) {
        oracle.push(port, next_frame(run, generators[port], random, packet));
      }
    }
  });
  while (oracle.pushed() < run.packets && oracle.error().empty() && !card.failed()) {
    card.run(kBatchCycles);
    oracle.collect();
  }
  card.set_before_step(nullptr);
  CardOutcome outcome;
  outcome.cycles = card.cycle() - begin_cycle;
  outcome.difference = oracle.finish();
  outcome.packets = oracle.pushed();
  outcome.forwarded = oracle.forwarded();
  outcome.lost = oracle.lost();
  if (const auto counters = sim::read_counters(card)) {
    for (std::uint32_t i = 0; i < layout::kReasons; ++i) {
      outcome.reasons[i] = counters->reasons[i].packets;
    }
  }
  return outcome;
}

}  // namespace sluice::cosim
