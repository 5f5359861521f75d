// "Where would this flow go?": asks the packet path itself, on given table images.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/address.hpp"
#include "layout/images.hpp"
#include "model/config.hpp"

namespace sluice::model {

struct Flow {
  base::Ipv4 source;
  std::uint16_t source_port = 0;
  base::Ipv4 destination;
  std::uint16_t destination_port = 0;
  Protocol protocol = Protocol::tcp;
  unsigned ingress_port = 0;
};

struct Where {
  std::string verdict;        // "forward" | "punt" | "drop"
  std::string reason;         // name of the reason when punted or dropped, else empty
  bool to_backend = false;    // forwarded to a backend
  bool to_client = false;     // forwarded back to a client
  std::uint16_t service = 0;  // index, when forwarded
  std::uint16_t backend = 0;  // index, when forwarded
  unsigned egress_port = 0;
  base::Mac next_hop;  // destination MAC it leaves with
  base::Ipv4 source;   // of the inner header, as it leaves
  std::uint16_t source_port = 0;
  base::Ipv4 destination;
  std::uint16_t destination_port = 0;
  std::optional<base::Ipv4> tunnel_destination;  // of the outer header, in mode ipip
};

// What the card would do with the flow's next packet of common size.
Where where(const layout::TableImages& images, const Flow& flow);

}  // namespace sluice::model
