#include <algorithm>

#include "model/plan.hpp"

namespace sluice::model {
namespace {

bool names(const Config& config, const ServiceId& id) {
  return std::any_of(config.services.begin(), config.services.end(),
                     [&](const ServiceConfig& service) { return id_of(service) == id; });
}

}  // namespace

std::optional<FirstStep> make_way(const Config& config, const Inputs& inputs,
                                  const layout::TableImages& live, const Assignment& previous) {
  FirstStep step;
  step.config = config;
  std::erase_if(step.config.services, [&](const ServiceConfig& service) {
    return !previous.services.contains(id_of(service));
  });
  auto first = make_plan(step.config, inputs, live, previous);
  if (!first) return std::nullopt;
  step.plan = std::move(*first);
  step.inputs = inputs;
  for (const std::uint16_t place : step.plan.leaving_services) {
    step.inputs.service_connections[place] = 0;
  }
  for (const auto& [id, place] : step.plan.assignment.backends) {
    // One whose service is not known may still serve connections of a service that stays.
    const bool nameless = id.service.vip == base::Ipv4{};
    if (!nameless && !names(config, id.service)) step.inputs.backend_connections[place] = 0;
  }
  const auto second = make_plan(config, step.inputs, step.plan.images, step.plan.assignment);
  if (!second) return std::nullopt;
  return step;
}

}  // namespace sluice::model
