#include "plan_keys.hpp"

#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "key_tables.hpp"
#include "layout/hash.hpp"

namespace sluice::model {
namespace {

constexpr unsigned kMaxKeyAttempts = 64;

std::vector<layout::ServiceKey> service_keys(const Config& config, const Plan& plan) {
  std::vector<layout::ServiceKey> keys;
  for (std::size_t i = 0; i < plan.services.size(); ++i) {
    const ServiceView& view = plan.services[i];
    keys.push_back({view.id.vip.value, view.id.port, static_cast<std::uint8_t>(view.id.protocol), 1,
                    view.index, static_cast<std::uint8_t>(config.services[i].client_ports), 0, 0});
  }
  return keys;
}

std::vector<layout::Vip> vips(const Config& config) {
  std::set<base::Ipv4> addresses;
  for (const ServiceConfig& service : config.services) addresses.insert(service.vip);
  std::vector<layout::Vip> records;
  for (const base::Ipv4 address : addresses) {
    records.push_back(
        {address.value, 1, static_cast<std::uint8_t>(config.unserved_of(address)), 0});
  }
  return records;
}

// The keys of the way back: a backend of the configuration before one that is leaving with the same
// address and port.
std::vector<layout::ReturnKey> return_keys(const Config& config, const Plan& plan) {
  std::vector<layout::ReturnKey> keys;
  std::set<std::tuple<base::Ipv4, std::uint16_t, Protocol>> used;
  const auto add = [&](const ServiceView& service, const BackendView& backend) {
    const BackendId& id = backend.id;
    if (!used.emplace(id.address, id.port, id.service.protocol).second) return;
    keys.push_back({id.address.value, id.port, static_cast<std::uint8_t>(id.service.protocol), 1,
                    service.index, backend.index, static_cast<std::uint8_t>(backend.egress_port), 0,
                    0});
  };
  const auto add_all = [&](std::vector<BackendView> ServiceView::* list) {
    for (std::size_t i = 0; i < plan.services.size(); ++i) {
      if (config.services[i].mode != Mode::dnat) continue;
      const ServiceView& service = plan.services[i];
      for (const BackendView& backend : service.*list) add(service, backend);
    }
  };
  add_all(&ServiceView::backends);
  add_all(&ServiceView::leaving);
  return keys;
}

bool try_keys(const layout::Config& keys, const Config& config, Plan& plan) {
  const auto key_hashes = [&](const auto& key) {
    return std::pair(layout::key_hash0(keys, key.address, key.port, key.protocol),
                     layout::key_hash1(keys, key.address, key.port, key.protocol));
  };
  const auto in_buckets = [&](const layout::ServiceKey& key) {
    const auto [hash0, hash1] = key_hashes(key);
    return KeyBuckets{{layout::service_key_bucket(hash0), layout::service_key_bucket(hash1)}};
  };
  const auto out_buckets = [&](const layout::ReturnKey& key) {
    const auto [hash0, hash1] = key_hashes(key);
    return KeyBuckets{{layout::return_key_bucket(hash0), layout::return_key_bucket(hash1)}};
  };
  const auto vip_buckets = [&](const layout::Vip& vip) {
    return KeyBuckets{
        {layout::vip_bucket0(keys, vip.address), layout::vip_bucket1(keys, vip.address)}};
  };
  layout::TableImages& images = plan.images;
  return place_records(service_keys(config, plan), in_buckets, images.service_keys0,
                       images.service_keys1) &&
         place_records(return_keys(config, plan), out_buckets, images.return_keys0,
                       images.return_keys1) &&
         place_records(vips(config), vip_buckets, images.vips0, images.vips1);
}

}  // namespace

base::Result<void> fill_keys(const Config& config, Plan& plan) {
  const std::uint64_t seed = hash_text(config.hash_seed.data(), config.hash_seed.size());
  for (unsigned attempt = 0; attempt < kMaxKeyAttempts; ++attempt) {
    set_hash_keys(plan.images.config[0], seed, attempt);
    if (try_keys(plan.images.config[0], config, plan)) return {};
  }
  return base::Error{base::Errc::exhausted,
                     "the service and return keys cannot be placed in their tables; choose another "
                     "hash_seed",
                     ""};
}

}  // namespace sluice::model
