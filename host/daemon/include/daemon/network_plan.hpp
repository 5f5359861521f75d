// From the configuration to what sluice0 must look like and where its frames go. Pure.
#pragma once

#include "model/config.hpp"
#include "net/inject_route.hpp"
#include "net/interface.hpp"
#include "net/punt_filter.hpp"

namespace sluice::daemon {

// Port addresses with their subnets, VIPs as /32; routes to backends behind gateways; the default
// route (for answers to clients) through the first port's gateway, else the first service's next
// hop to its clients.
net::InterfacePlan interface_plan(const model::Config& config);

net::InjectRoutes inject_routes(const model::Config& config);

// What of the card's frames the host's stack may see.
net::PuntView punt_view(const model::Config& config);

}  // namespace sluice::daemon
