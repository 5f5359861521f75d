#include "peers.hpp"

#include <algorithm>
#include <numeric>

namespace sluice::card_connections {
namespace {

constexpr std::uint64_t kDrainCycles = 300'000;
constexpr std::uint64_t kSweepCycles = 4'000'000;
constexpr std::uint32_t kServicesRead = 16;
constexpr std::uint32_t kBackendsRead = 64;
constexpr std::uint8_t kFin = 1, kSyn = 2, kRst = 4, kAck = 16;

// Some near each other, one that is not.
constexpr std::uint16_t kUpperHalves[] = {0x10, 0x11, 0x12, 0x13, 0x4000};

std::uint8_t flags_of(std::uint8_t event) {
  switch (event) {
    case layout::kConnection_syn:
      return kSyn;
    case layout::kConnection_syn_ack:
      return kSyn | kAck;
    case layout::kConnection_fin_in:
    case layout::kConnection_fin_out:
      return kFin | kAck;
    case layout::kConnection_rst_in:
    case layout::kConnection_rst_out:
      return kRst | kAck;
    default:
      return kAck;
  }
}

bool inward(std::uint8_t event) {
  return event < layout::kConnection_syn_ack || event == layout::kConnection_udp_in;
}

std::uint64_t client_key(std::uint32_t client, std::uint16_t port) {
  return std::uint64_t{client} << 16 | port;
}

}  // namespace

Peers::Peers(CardWorld& world, const model::Config& config, std::uint64_t seed)
    : world_(world),
      config_(config),
      random_(seed),
      map_([&world](std::uint8_t, std::uint16_t backend) { return world.valid(backend); }) {}

void Peers::add(std::size_t service, unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    Peer peer;
    peer.service = service;
    peer.client = kClients + static_cast<std::uint32_t>(random_() % 250);
    peer.port = static_cast<std::uint16_t>(1024 + peers_.size());
    by_client_[client_key(peer.client, peer.port)] = peers_.size();
    peers_.push_back(peer);
  }
}

std::uint64_t Peers::key(const Peer& peer) const {
  return packet_gen::ConnectionMap::key(peer.client, peer.port, world_.view(peer.service).index);
}

layout::FlowKey Peers::flow(const Peer& peer) const {
  layout::FlowKey flow{};
  flow.source = peer.client;
  flow.source_port = peer.port;
  flow.destination = service(peer).vip.value;
  flow.destination_port = service(peer).port;
  flow.protocol = static_cast<std::uint8_t>(service(peer).protocol);
  return flow;
}

std::vector<std::uint8_t> Peers::events_in(const Peer& peer) {
  using namespace layout;
  constexpr std::uint8_t kAny[] = {kConnection_syn,     kConnection_syn,    kConnection_data_in,
                                   kConnection_data_in, kConnection_fin_in, kConnection_rst_in};
  std::vector<std::uint8_t> events(1 + random_() % 4);
  for (auto& event : events) {
    event = tcp(peer) ? kAny[random_() % std::size(kAny)] : std::uint8_t{kConnection_udp_in};
    if (timed(peer) && event == kConnection_fin_in) event = kConnection_data_in;
  }
  return events;
}

// The time of a SYN is the card's own, so nobody knows which end is near it: nobody sends one until
// a SYN-ACK or an acknowledgement has taken that place.
std::vector<std::uint8_t> Peers::events_out(const Peer& peer) {
  using namespace layout;
  std::vector<std::uint8_t> events(1 + random_() % 4);
  if (!tcp(peer)) {
    std::fill(events.begin(), events.end(), kConnection_udp_out);
    return events;
  }
  const auto* entry = map_.find(key(peer));
  const bool opening = entry != nullptr && entry->state == kConnection_opening && timed(peer);
  if (opening && random_() % 4 == 0) return {kConnection_rst_out};
  const std::uint8_t any[] = {kConnection_syn_ack, kConnection_data_out, kConnection_data_out,
                              kConnection_fin_out, kConnection_rst_out};
  const std::size_t choices = timed(peer) && !opening ? std::size(any) - 2 : std::size(any);
  for (auto& event : events) event = any[random_() % choices];
  if (opening) events[0] = kConnection_syn_ack;
  return events;
}

void Peers::send(std::size_t number, std::uint8_t event) {
  const Peer& peer = peers_[number];
  const bool in = inward(event);
  const auto upper = [&] { return kUpperHalves[random_() % std::size(kUpperHalves)]; };
  Sent sent;
  sent.peer = number;
  sent.request.valid = sent.request.offer = true;
  sent.request.event = event;
  sent.request.sees_return = service(peer).mode == model::Mode::dnat;
  sent.request.begins = event == layout::kConnection_syn || event == layout::kConnection_udp_in;
  sent.request.client = peer.client;
  sent.request.client_port = peer.port;
  sent.request.service_index = world_.view(peer.service).index;
  sent.request.sequence = upper();
  sent.request.acknowledged = upper();

  packet_gen::FrameSpec spec;
  spec.destination_mac = kCardMac;
  spec.source_mac = in ? kClientMac : kBackendMac + (peer.backend & 0xff);
  spec.source = in ? peer.client : peer.backend;
  spec.source_port = in ? peer.port : service(peer).port;
  spec.destination = in ? service(peer).vip.value : peer.client;
  spec.destination_port = in ? service(peer).port : peer.port;
  spec.protocol = static_cast<std::uint8_t>(service(peer).protocol);
  spec.tcp_flags = flags_of(event);
  spec.id = static_cast<std::uint16_t>(sent_.size());
  spec.sequence = std::uint32_t{sent.request.sequence} << 16 | (random_() & 0xffff);
  spec.acknowledged = std::uint32_t{sent.request.acknowledged} << 16 | (random_() & 0xffff);
  spec.payload_bytes = 6 + static_cast<std::uint32_t>(random_() % 80);
  sim::Frame frame;
  packet_gen::build_frame(spec, frame.bytes);
  world_.card().rx(in ? 0 : 1).push(std::move(frame));
  sent_.push_back(sent);
  ++packets_;
}

// To whom a frame went is in its destination MAC, whatever the mode.
void Peers::collect() {
  sim::Frame frame;
  while (world_.card().tx(1).pop(&frame)) {
    const std::uint16_t id = packet_gen::load16(&frame.bytes[18]);
    if (id >= sent_.size() || sent_[id].left) {
      strange_ = "a frame that nobody sent left for the backends";
      continue;
    }
    sent_[id].left = true;
    sent_[id].backend = kBackends + static_cast<std::uint32_t>(
                                        packet_gen::load48(frame.bytes.data()) - kBackendMac);
  }
  while (world_.card().tx(0).pop(&frame)) {
    const auto found = by_client_.find(
        client_key(packet_gen::load32(&frame.bytes[30]), packet_gen::load16(&frame.bytes[36])));
    const std::uint16_t id = packet_gen::load16(&frame.bytes[18]);
    if (found == by_client_.end() ||
        packet_gen::load32(&frame.bytes[26]) != service(peers_[found->second]).vip.value) {
      strange_ = "a frame left for a client that is none, or from elsewhere than its service";
    } else if (peers_[found->second].inward) {
      ++told_[found->second];
      if (!tcp(peers_[found->second]) || (frame.bytes[47] & kRst) == 0) strange_ = "no RST";
    } else if (id >= sent_.size() || sent_[id].peer != found->second || sent_[id].left) {
      strange_ = "a frame that no backend sent left for a client";
    } else {
      sent_[id].left = true;
    }
  }
}

std::optional<std::uint16_t> Peers::index_of(const Peer& peer, std::uint32_t address) const {
  for (const auto& backend : world_.view(peer.service).backends) {
    if (backend.id.address.value == address) return backend.index;
  }
  return std::nullopt;
}

// What is known of the proposal: it serves, and where it is the ring's, which slot.
std::string Peers::judge_choice(const Peer& peer, const Sent& sent, std::uint16_t backend) const {
  if (!world_.serving(backend)) return "a new connection went to a backend that is out of service";
  const bool of_ring =
      !sent.request.begins || world_.record(peer.service).scheduler == layout::kScheduler_ring;
  if (of_ring && backend != world_.ring_backend(peer.service, flow(peer))) {
    return "went elsewhere than its slot of the ring says";
  }
  return "";
}

void Peers::learn(Peer& peer, std::uint8_t event, std::uint8_t state, const path::Known& known) {
  if (event == layout::kConnection_syn) {
    peer.timed = peer.timed || known.taken;
    return;
  }
  const bool opens =
      state == layout::kConnection_opening || state == layout::kConnection_unconfirmed;
  const bool active = layout::connection_active(state);
  if (known.taken || (event == layout::kConnection_syn_ack && opens) ||
      (event == layout::kConnection_data_in && active && state != layout::kConnection_opening)) {
    peer.timed = false;
  }
}

std::string Peers::judge(Sent& sent) {
  Peer& peer = peers_[sent.peer];
  const auto* before = map_.find(key(peer));
  const std::uint8_t state = before != nullptr ? before->state : std::uint8_t{0};
  const auto backend = sent.left && peer.inward ? index_of(peer, sent.backend) : std::uint16_t{0};
  if (!backend) return "went to no backend of its service";
  const path::Known known = map_.ask(sent.request, world_.record(peer.service), 0, *backend);
  learn(peer, sent.request.event, state, known);
  if (!peer.inward) return sent.left ? "" : "a backend's packet did not leave";
  if (known.resets) {
    ++resets_;
    return sent.left || told_[sent.peer]-- == 0 ? "not answered by a RST" : "";
  }
  const layout::Service& record = world_.record(peer.service);
  const auto policy = known.hit ? layout::connection_policy(world_.valid(known.backend_index),
                                                            record.on_down, record.on_removed)
                                : std::uint8_t{layout::kConnectionKeeps};
  if (!known.taken && known.hit && !world_.serving(known.backend_index) &&
      policy != layout::kConnectionKeeps) {
    ++dropped_;
    return sent.left ? "left for a backend that is out of service" : "";
  }
  if (!sent.left) return "a client's packet did not leave";
  peer.backend = sent.backend;
  if (known.taken) {
    ++(known.hit ? renewed_ : inserted_);
    return judge_choice(peer, sent, *backend);
  }
  if (known.hit) return *backend == known.backend_index ? "" : "left its connection's backend";
  return judge_choice(peer, Sent{}, *backend);  // unknown, and to stay so
}

std::string Peers::round(std::size_t count) {
  sent_.clear();
  told_.clear();
  std::vector<std::size_t> order(peers_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), random_);
  order.resize(std::min(count, order.size()));
  for (const std::size_t number : order) {
    Peer& peer = peers_[number];
    const bool seen = peer.backend != 0 && service(peer).mode == model::Mode::dnat;
    peer.inward = !seen || random_() % 2 == 0;
    for (const auto event : peer.inward ? events_in(peer) : events_out(peer)) send(number, event);
  }
  if (!world_.card().drain(kDrainCycles)) return "the card does not come to rest";
  collect();
  if (!strange_.empty()) return strange_;
  for (std::size_t id = 0; id < sent_.size(); ++id) {
    const std::string wrong = judge(sent_[id]);
    if (wrong.empty()) continue;
    return "packet " + std::to_string(id) + " of the round, event " +
           std::to_string(sent_[id].request.event) + ", " + service(peers_[sent_[id].peer]).name +
           ": " + wrong;
  }
  const bool all_due =
      std::all_of(told_.begin(), told_.end(), [](const auto& each) { return each.second == 0; });
  return all_due ? world_.card().error() : "a RST that no packet asked for";
}

std::uint64_t Peers::live_entries() const {
  return static_cast<std::uint64_t>(
      std::count_if(map_.entries().begin(), map_.entries().end(),
                    [&](const auto& each) { return map_.now() < each.second.deadline; }));
}

std::string Peers::compare_counts() {
  sim::SimCard& card = world_.card();
  const std::uint64_t live = live_entries();
  const std::uint64_t end = card.cycle() + kSweepCycles;
  while (must(card.read(layout::kReg_conn_entries)) != live) {
    if (card.cycle() > end) return "the table does not come to hold what lives";
    card.run(2'000);
  }
  card.run(100);
  std::vector<std::uint32_t> services(kServicesRead), backends(kBackendsRead);
  for (const auto& [at, entry] : map_.entries()) {
    if (map_.now() >= entry.deadline || !layout::connection_active(entry.state)) continue;
    ++services.at(at & 0xfff);
    ++backends.at(entry.backend);
  }
  std::vector<layout::ConnectionCount> seen_services(kServicesRead), seen_backends(kBackendsRead);
  constexpr auto kLive = driver::Device::Bank::live;
  must(world_.device()->read_entries<layout::kTable_service_connections>(kLive, 0, seen_services));
  must(world_.device()->read_entries<layout::kTable_backend_connections>(kLive, 0, seen_backends));
  std::string wrong;
  const auto compare = [&](const std::string& what, std::uint64_t seen, std::uint64_t expected) {
    if (seen == expected) return;
    wrong += what + ": " + std::to_string(seen) + ", not " + std::to_string(expected) + "; ";
  };
  for (std::uint32_t i = 0; i < kServicesRead; ++i) {
    compare("service " + std::to_string(i), seen_services[i].active, services[i]);
  }
  for (std::uint32_t i = 0; i < kBackendsRead; ++i) {
    compare("backend " + std::to_string(i), seen_backends[i].active, backends[i]);
  }
  const auto table = must(world_.connections().statistics());
  const auto counted = [&](driver::ConnectionCounter counter) {
    return table.counters[static_cast<std::size_t>(counter)];
  };
  using enum driver::ConnectionCounter;
  compare("inserted", counted(inserted), inserted_);
  compare("renewed", counted(renewed), renewed_);
  compare("resets", counted(driver::ConnectionCounter::resets), resets_);
  compare("untracked", counted(untracked), 0);
  compare("what came less what went",
          counted(inserted) + counted(renewed) - counted(reclaimed) - counted(swept), live);
  return wrong;
}

}  // namespace sluice::card_connections
