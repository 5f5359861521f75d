// connect: what the connection table is asked about a packet, and what it says.
#pragma once

#include <cstdint>

#include "layout/connections.hpp"
#include "path/classify.hpp"
#include "path/parse.hpp"

namespace sluice {
namespace path {

// The operation of a packet on its connection (docs/connections.md). Time-outs and policies are
// those of the packet's service.
struct ConnectionRequest {
  bool valid;        // else the packet belongs to nothing that is remembered
  uint8_t event;     // layout::ConnectionEvent
  bool sees_return;  // the card sees the backend's packets
  bool offer;        // the service has a backend to propose
  bool begins;       // the packet may be the first of its connection
  uint32_t client;   // address; with port and service the key
  uint16_t client_port;
  uint16_t service_index;
  uint16_t sequence;  // upper halves of the packet's numbers
  uint16_t acknowledged;
};

// What the table answers. All false: nothing is known, the packet follows the ring.
struct Known {
  bool hit;     // there was an entry
  bool taken;   // an entry was made or renewed, or would have been: `backend_index` is the proposal
  bool stored;  // of `taken`: the table remembers it
  bool resets;  // the entry's backend is out of service: the client gets a RST
  uint16_t backend_index;
};

ConnectionRequest connect(const Parsed &parsed, const Classified &classified);

// The table as the packet path sees it. A card has rtl/conn_table.sv.
class Connections {
 public:
  virtual ~Connections() = default;
  // `proposal`: the backend of a connection that begins with this packet. `epoch`: the bank that
  // says which backends are out of service.
  virtual Known ask(const ConnectionRequest &request, const layout::Service &service, uint8_t epoch,
                    uint16_t proposal) = 0;
};

}  // namespace path
}  // namespace sluice
