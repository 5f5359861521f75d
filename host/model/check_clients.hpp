// Where clients are: the part of check_config about ports that they come in by.
#pragma once

#include "network_view.hpp"

namespace sluice::model {

// Bit N: clients of this service come in by port N. VIP, mode and, of DNAT, `clients_port` of
// `service` are set.
unsigned check_client_ports(const RawService& raw, const ServiceConfig& service,
                            const NetworkView& network, Problems& problems);

}  // namespace sluice::model
