#include "churn_load.hpp"

#include <algorithm>

namespace sluice::bench {
namespace {

constexpr std::uint32_t kVip = 0x0a090001;       // 10.9.0.1
constexpr std::uint32_t kClients = 0xcb007100;   // 203.0.113.0/24
constexpr std::uint32_t kBackends = 0x0a020000;  // 10.2.0.0/24
constexpr std::uint32_t kGateway = 0x0a010001;   // 10.1.0.1
constexpr std::uint64_t kClientMac = 0x020000000c01;
constexpr std::uint64_t kBackendMac = 0x020000000b00;
constexpr std::size_t kOpen = 20'000;  // connections at once
constexpr std::size_t kQueuedFrames = 4;
constexpr std::uint32_t kFewestBackends = 4;

constexpr std::uint8_t kFin = 1, kSyn = 2, kRst = 4, kAck = 16;

std::uint64_t key_of(std::uint32_t client, std::uint16_t port) {
  return std::uint64_t{client} << 16 | port;
}

// Where the fields of an untagged frame without IPv4 options are.
std::uint32_t source_of(const packet_gen::Bytes& frame) { return packet_gen::load32(&frame[26]); }
std::uint32_t target_of(const packet_gen::Bytes& frame) { return packet_gen::load32(&frame[30]); }
std::uint16_t source_port(const packet_gen::Bytes& frame) { return packet_gen::load16(&frame[34]); }
std::uint16_t target_port(const packet_gen::Bytes& frame) { return packet_gen::load16(&frame[36]); }
std::uint8_t flags_of(const packet_gen::Bytes& frame) { return frame[47]; }

model::BackendConfig pool_backend(unsigned number) {
  model::BackendConfig backend;
  backend.name = "b" + std::to_string(number);
  backend.address = base::Ipv4{kBackends + number + 1};
  backend.port = 8080;
  backend.weight = 1 + number % 3;
  backend.next_hop = backend.address;
  backend.egress_port = 1;
  return backend;
}

}  // namespace

base::Result<std::uint32_t> CardBoard::read(std::uint32_t offset) {
  constexpr std::uint64_t kLongestPauseCycles = 4'096;
  const bool again = offset == last_read_ && pause_cycles_ != 0;
  if (again) card_.run(pause_cycles_);
  pause_cycles_ = again ? std::min(2 * pause_cycles_, kLongestPauseCycles) : 8;
  last_read_ = offset;
  return card_.read(offset);
}

base::Result<void> CardBoard::read_block(std::uint32_t offset, std::span<std::uint32_t> words) {
  for (std::uint32_t& word : words) {
    const auto value = read(offset);
    if (!value) return value.error();
    word = *value;
    offset += 4;
  }
  return {};
}

base::Result<void> CardBoard::write_block(std::uint32_t offset,
                                          std::span<const std::uint32_t> words) {
  for (const std::uint32_t word : words) {
    if (auto done = write(offset, word); !done) return done;
    offset += 4;
  }
  return {};
}

ChurnTraffic::ChurnTraffic(sim::SimCard& card, base::Mac card_mac, std::uint64_t seed)
    : card_(card), card_mac_(card_mac), random_(seed) {
  for (std::uint32_t port = 0; port < layout::kPorts; ++port) {
    card_.rx(port).set_pace(sim::RxPace::mac_100g);
  }
}

void ChurnTraffic::begin(const model::ServiceConfig& service) {
  vip_ = service.vip.value;
  vip_port_ = service.port;
  connections_.clear();
  backends_.clear();
  told_.clear();
  finishing_.clear();
  lost_.reset();
  counts_ = {};
  running_ = true;
}

void ChurnTraffic::lose(base::Ipv4 backend, model::OnBackendDown policy) {
  lost_ = backend;
  policy_ = policy;
}

std::size_t ChurnTraffic::lost_fins(bool of_lost) const {
  return static_cast<std::size_t>(
      std::count_if(finishing_.begin(), finishing_.end(), [&](std::uint64_t key) {
        return !told_.contains(key) && lost(backends_.at(key)) == of_lost;
      }));
}

void ChurnTraffic::step() {
  while (running_ && card_.rx(0).queued_frames() < kQueuedFrames) send_one();
  if (card_.cycle() % 8 != 0) return;
  take_from_clients();
  take_from_backends();
}

void ChurnTraffic::open(std::size_t place) {
  Connection& connection = connections_[place];
  connection = {};
  connection.client = kClients + opened_ % 251;
  connection.port = static_cast<std::uint16_t>(1024 + opened_ / 251 % 60'000);
  // Most are short; one in sixteen lasts as long as the run.
  connection.length =
      random_() % 16 == 0 ? 1'000'000 : 3 + static_cast<std::uint32_t>(random_() % 40);
  backends_[key_of(connection.client, connection.port)] = 0;
  ++opened_;
  ++counts_.connections;
}

void ChurnTraffic::send_one() {
  std::size_t place = connections_.size();
  if (connections_.size() < kOpen && random_() % 8 == 0) {
    connections_.emplace_back();
    open(place);
  } else if (connections_.empty()) {
    connections_.emplace_back();
    open(0);
    place = 0;
  } else {
    place = random_() % connections_.size();
  }
  Connection& connection = connections_[place];
  // A client that was told begins anew.
  if (told_.contains(key_of(connection.client, connection.port))) open(place);
  packet_gen::FrameSpec spec;
  spec.destination_mac = card_mac_.value;
  spec.source_mac = kClientMac;
  spec.source = connection.client;
  spec.source_port = connection.port;
  spec.destination = vip_;
  spec.destination_port = vip_port_;
  spec.tcp_flags = connection.sent == 0                   ? kSyn
                   : connection.sent >= connection.length ? kFin | kAck
                                                          : kAck;
  spec.sequence = 1000 + connection.sent;
  spec.acknowledged = connection.sent == 0 ? 0 : 2000;
  spec.payload_bytes = 6;
  sim::Frame frame;
  packet_gen::build_frame(spec, frame.bytes);
  card_.rx(0).push(std::move(frame));
  // Its place goes to the next one; the backend still answers the FIN.
  if (connection.sent++ >= connection.length) {
    finishing_.insert(key_of(connection.client, connection.port));
    open(place);
  }
}

void ChurnTraffic::take_from_clients() {
  sim::Frame frame;
  while (card_.tx(1).pop(&frame)) {
    ++counts_.packets;
    const std::uint32_t client = source_of(frame.bytes);
    const std::uint16_t port = source_port(frame.bytes);
    const std::uint32_t backend = target_of(frame.bytes);
    const auto found = backends_.find(key_of(client, port));
    if (found == backends_.end()) {
      ++counts_.strange;
      continue;
    }
    if (found->second == 0) found->second = backend;
    if (lost(backend)) ++counts_.to_dead;
    if (lost(found->second) && backend != found->second && policy_ == model::OnBackendDown::move) {
      found->second = backend;
      ++counts_.rehomed;
    }
    if (found->second != backend) ++counts_.moved;
    const std::uint8_t flags = flags_of(frame.bytes);
    if ((flags & kFin) != 0) finishing_.erase(found->first);
    const std::uint8_t reply = (flags & kSyn) != 0   ? kSyn | kAck
                               : (flags & kFin) != 0 ? kFin | kAck
                                                     : kAck;
    if (running_ && !lost(backend)) answer(backend, client, port, reply);
  }
}

void ChurnTraffic::answer(std::uint32_t backend, std::uint32_t client, std::uint16_t port,
                          std::uint8_t flags) {
  packet_gen::FrameSpec spec;
  spec.destination_mac = card_mac_.value;
  spec.source_mac = kBackendMac + (backend & 0xff);
  spec.source = backend;
  spec.source_port = 8080;
  spec.destination = client;
  spec.destination_port = port;
  spec.tcp_flags = flags;
  spec.sequence = 2000;
  spec.acknowledged = 1001;
  spec.payload_bytes = 6;
  sim::Frame frame;
  packet_gen::build_frame(spec, frame.bytes);
  card_.rx(1).push(std::move(frame));
}

void ChurnTraffic::take_from_backends() {
  sim::Frame frame;
  while (card_.tx(0).pop(&frame)) {
    ++counts_.packets;
    const std::uint64_t key = key_of(target_of(frame.bytes), target_port(frame.bytes));
    const auto found = backends_.find(key);
    const bool known = found != backends_.end();
    if ((flags_of(frame.bytes) & kRst) != 0) {
      const bool due = known && lost(found->second) && policy_ == model::OnBackendDown::reset;
      ++(due ? counts_.ended : counts_.resets);
      if (due) told_.insert(key);
    }
    if (!known || source_of(frame.bytes) != vip_ || source_port(frame.bytes) != vip_port_) {
      ++counts_.strange;
    }
  }
}

model::Config churn_config(model::Scheduler scheduler) {
  model::Config config;
  config.mac = base::Mac{0x020000005afe};
  config.ports.push_back({"clients", {base::Ipv4{kGateway + 1}, 24}, base::Ipv4{kGateway}, 1500});
  config.ports.push_back({"backends", {base::Ipv4{kBackends + 254}, 24}, std::nullopt, 1500});
  config.neighbors.push_back({base::Ipv4{kGateway}, base::Mac{kClientMac}});
  for (unsigned i = 0; i < kPoolBackends; ++i) {
    config.neighbors.push_back({pool_backend(i).address, base::Mac{kBackendMac + i + 1}});
  }
  config.hash_seed = "churn";
  model::ServiceConfig service;
  service.name = "churn";
  service.vip = base::Ipv4{kVip};
  service.port = 80;
  service.scheduler = scheduler;
  service.ring_slots = 251;
  service.clients_next_hop = base::Ipv4{kGateway};
  service.check.type = model::CheckType::none;
  for (unsigned i = 0; i < kPoolBackends / 2; ++i) service.backends.push_back(pool_backend(i));
  config.services.push_back(service);
  return config;
}

void change_backends(model::Config& config, std::mt19937_64& random) {
  auto& backends = config.services[0].backends;
  const auto at = static_cast<std::size_t>(random() % backends.size());
  const auto serving = static_cast<std::uint32_t>(
      std::count_if(backends.begin(), backends.end(), [](const auto& one) { return !one.drain; }));
  switch (random() % 4) {
    case 0: {
      const unsigned first = static_cast<unsigned>(random() % kPoolBackends);
      for (unsigned i = 0; i < kPoolBackends; ++i) {
        const model::BackendConfig added = pool_backend((first + i) % kPoolBackends);
        const bool there = std::any_of(backends.begin(), backends.end(), [&](const auto& one) {
          return one.address == added.address;
        });
        if (there) continue;
        backends.push_back(added);
        return;
      }
      break;
    }
    case 1:
      if (serving <= kFewestBackends) break;
      backends.erase(backends.begin() + static_cast<std::ptrdiff_t>(at));
      return;
    case 2:
      if (!backends[at].drain && serving <= kFewestBackends) break;
      backends[at].drain = !backends[at].drain;
      return;
    default:
      break;
  }
  backends[at].weight = 1 + backends[at].weight % 7;
}

base::Result<void> ChurnControl::apply(const model::Config& config, const States& states) {
  model::Inputs inputs;
  inputs.backends = states;
  for (const std::uint16_t place : leaving_services_) {
    const auto count =
        device_.read_entry<layout::kTable_service_connections>(driver::Device::Bank::live, place);
    if (!count) return count.error();
    inputs.service_connections[place] = count->active;
  }
  for (const std::uint16_t place : leaving_backends_) {
    const auto count =
        device_.read_entry<layout::kTable_backend_connections>(driver::Device::Bank::live, place);
    if (!count) return count.error();
    inputs.backend_connections[place] = count->active;
  }
  auto plan = model::make_plan(config, inputs, device_.live(), assignment_);
  if (!plan) return plan.error();
  const auto applied = device_.apply(plan->images);
  if (!applied) return applied.error();
  assignment_ = plan->assignment;
  services_ = plan->services;
  leaving_services_ = plan->leaving_services;
  leaving_backends_ = plan->leaving_backends;
  return {};
}

}  // namespace sluice::bench
