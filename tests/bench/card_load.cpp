#include "card_load.hpp"

#include <algorithm>
#include <cstdlib>

#include "card/connections.hpp"
#include "packet_gen/run_path.hpp"

namespace sluice::bench {

namespace {

constexpr std::uint8_t kBank = 1;  // live after the first commit
constexpr std::uint32_t kMaxTries = 1'000'000;

packet_gen::TableOptions table_options() {
  packet_gen::TableOptions options;
  options.faults = false;
  options.max_ring_slots = 251;
  return options;
}

}  // namespace

const char* name_of(Mode mode) {
  switch (mode) {
    case Mode::dnat:
      return "dnat";
    case Mode::dnat_return:
      return "dnat_return";
    case Mode::dsr:
      return "dsr";
    case Mode::ipip:
      return "ipip";
  }
  std::abort();
}

CardLoad::CardLoad(std::uint64_t seed)
    : seed_(seed), tables_(packet_gen::make_tables(seed, table_options())) {
  card_test::TableLoader loader(card_);
  loader.apply(*card_test::images_of(tables_->images, kBank));
  card_test::put_connections_to_use(card_);
}

std::uint32_t CardLoad::build_id() {
  const auto id = card_.read(layout::kReg_build_id);
  return id ? *id : 0;
}

bool CardLoad::fits(Mode mode, std::uint32_t ingress, sim::Frame& frame) const {
  const auto in = packet_gen::packet_in(frame.bytes, static_cast<std::uint8_t>(ingress), kBank);
  const path::PacketOut out = packet_gen::run_path(tables_->images, in);
  if (out.verdict != path::kVerdictForward || out.egress_port == ingress) return false;
  frame.slot_bytes =
      std::max<std::uint32_t>(out.frame_bytes, static_cast<std::uint32_t>(frame.bytes.size()));
  if (out.direction == path::kDirectionOut) return mode == Mode::dnat_return;
  const auto& services = tables_->images.services;
  switch (services[kBank * layout::kServices + out.service].mode) {
    case layout::kModeDnat:
      return mode == Mode::dnat;
    case layout::kModeDsr:
      return mode == Mode::dsr;
    case layout::kModeIpip:
      return mode == Mode::ipip;
    default:
      return false;
  }
}

std::vector<sim::Frame> CardLoad::make_frames(Mode mode, std::uint32_t frame_bytes,
                                              std::uint32_t ingress, std::size_t count) {
  packet_gen::GeneratorOptions options;
  options.only_forwarded = true;
  options.fixed_epoch = kBank;
  options.fixed_port = static_cast<int>(ingress);
  options.fixed_frame_bytes = frame_bytes;
  packet_gen::PacketGenerator generator(seed_ + frame_bytes, *tables_, options);
  std::vector<sim::Frame> frames;
  packet_gen::Packet packet;
  for (std::uint32_t tries = 0; frames.size() < count; ++tries) {
    if (tries == kMaxTries) std::abort();  // no service of this mode leads to the other port
    generator.next(packet);
    if (packet.bytes.size() != frame_bytes) continue;
    sim::Frame frame;
    frame.bytes = packet.bytes;
    if (fits(mode, ingress, frame)) frames.push_back(std::move(frame));
  }
  return frames;
}

}  // namespace sluice::bench
