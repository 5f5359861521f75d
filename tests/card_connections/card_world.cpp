#include "card_world.hpp"

#include <cstdio>
#include <cstdlib>

#include "card/connections.hpp"

namespace sluice::card_connections {
namespace {

constexpr std::uint32_t kVips = 0x0a090000;     // 10.9.0.0/24
constexpr std::uint32_t kGateway = 0x0a010001;  // 10.1.0.1

std::shared_ptr<driver::Device> open_device(sim::SimCard& card) {
  return std::make_shared<driver::Device>(
      must(driver::Device::open(std::make_unique<bench::CardBoard>(card))));
}

// Of a reading, on a machine that has other things to do.
driver::ConnectionOptions patient() {
  driver::ConnectionOptions options;
  options.operation_timeout = std::chrono::minutes(1);
  return options;
}

}  // namespace

void give_up(const base::Error& error) {
  std::fprintf(stderr, "card_connections: %s\n", error.message().c_str());
  std::abort();
}

model::Config empty_config(unsigned backends) {
  model::Config config;
  config.mac = base::Mac{kCardMac};
  config.ports.push_back({"clients", {base::Ipv4{kGateway + 1}, 24}, base::Ipv4{kGateway}, 1500});
  config.ports.push_back({"backends", {base::Ipv4{kBackends + 254}, 24}, std::nullopt, 1500});
  config.neighbors.push_back({base::Ipv4{kGateway}, base::Mac{kClientMac}});
  for (unsigned i = 1; i <= backends; ++i) {
    config.neighbors.push_back({base::Ipv4{kBackends + i}, base::Mac{kBackendMac + i}});
  }
  config.hash_seed = "connections";
  return config;
}

model::ServiceConfig service_of(unsigned number, model::Scheduler scheduler, unsigned first,
                                unsigned count) {
  model::ServiceConfig service;
  service.name = "s" + std::to_string(number);
  service.vip = base::Ipv4{kVips + number};
  service.port = 80;
  service.scheduler = scheduler;
  service.ring_slots = 251;
  service.clients_next_hop = base::Ipv4{kGateway};
  service.check.type = model::CheckType::none;
  for (unsigned i = first; i < first + count; ++i) {
    model::BackendConfig backend;
    backend.name = "b" + std::to_string(i);
    backend.address = base::Ipv4{kBackends + i};
    backend.port = 80;
    backend.weight = 1 + i % 2;
    backend.next_hop = backend.address;
    backend.egress_port = 1;
    service.backends.push_back(backend);
  }
  return service;
}

CardWorld::CardWorld()
    : device_(open_device(card_)),
      connections_(device_->board(), patient()),
      control_(std::make_unique<bench::ChurnControl>(*device_)) {
  card_test::put_connections_to_use(card_);
}

conn::RoundKeys CardWorld::round_keys() {
  conn::RoundKeys keys{};
  for (std::uint32_t i = 0; i < keys.size(); ++i) keys[i] = card_test::connection_round_key(i);
  return keys;
}

void CardWorld::apply(const model::Config& config, const States& states) {
  must(control_->apply(config, states));
}

std::uint16_t CardWorld::ring_backend(std::size_t service, const layout::FlowKey& flow) const {
  const layout::TableImages& live = device_->live();
  const layout::Service& own = record(service);
  const std::uint32_t hash = layout::flow_hash(live.config[0], own.hash_kind, flow);
  const auto slot = live.ring[layout::ring_index(own.ring_base, own.ring_slots, hash)].slot;
  return static_cast<std::uint16_t>(slot % layout::kBackends);
}

std::uint32_t CardWorld::epoch() { return must(card_.read(layout::kReg_conn_epoch)); }

std::uint32_t CardWorld::pass_epochs(std::uint32_t count) {
  card_.add_ticks(std::uint64_t{count} * layout::kTickHz);
  while (card_.ticks_due() != 0) card_.step();
  card_.run(4);
  return epoch();
}

}  // namespace sluice::card_connections
