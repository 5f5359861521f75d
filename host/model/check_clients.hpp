// Where clients are and what they may ask for: the part of check_config about the ports that they
// come in by and about the VIPs.
#pragma once

#include <set>

#include "network_view.hpp"

namespace sluice::model {

// Bit N: clients of this service come in by port N. VIP, mode and, of DNAT, `clients_port` of
// `service` are set.
unsigned check_client_ports(const RawService& raw, const ServiceConfig& service,
                            const NetworkView& network, Problems& problems);

// The policies of `vips`, which are those of all services.
std::vector<VipConfig> check_vips(const RawConfig& raw, const std::set<base::Ipv4>& vips,
                                  Problems& problems);

}  // namespace sluice::model
