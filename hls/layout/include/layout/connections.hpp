// The life of a connection: what a packet does to its entry in the connection table, for hardware
// and model alike (docs/connections.md). The generated package has connection_step and
// connection_gone as tables.
#pragma once

#include <cstdint>

// EVENT(code, name, from, "what it is")
#define SLUICE_CONNECTION_EVENTS(EVENT)                           \
  EVENT(0, syn, client, "TCP, SYN without ACK")                   \
  EVENT(1, data_in, client, "TCP, none of the other flags")       \
  EVENT(2, fin_in, client, "TCP, FIN")                            \
  EVENT(3, rst_in, client, "TCP, RST")                            \
  EVENT(4, syn_ack, backend, "TCP, SYN and ACK")                  \
  EVENT(5, data_out, backend, "TCP, none of the other flags")     \
  EVENT(6, fin_out, backend, "TCP, FIN")                          \
  EVENT(7, rst_out, backend, "TCP, RST")                          \
  EVENT(8, udp_in, client, "UDP")                                 \
  EVENT(9, udp_out, backend, "UDP")                               \
  EVENT(10, restore, host, "writes an entry if the key has none") \
  EVENT(11, remove, host, "removes the entry of the key")

// STATE(code, name, "what it means")
#define SLUICE_CONNECTION_STATES(STATE)                     \
  STATE(0, none, "no entry")                                \
  STATE(1, opening, "the client sent SYN")                  \
  STATE(2, established, "the client answered, or UDP")      \
  STATE(3, client_fin, "the client will send no more")      \
  STATE(4, backend_fin, "the backend will send no more")    \
  STATE(5, closed, "both have sent FIN, or the card ended") \
  STATE(6, reset, "one of them sent RST")                   \
  STATE(7, answered, "the backend sent SYN and ACK")

namespace sluice {
namespace layout {

enum ConnectionState : uint8_t {
#define SLUICE_STATE_ENUM(code, name, doc) kConnection_##name = code,
  SLUICE_CONNECTION_STATES(SLUICE_STATE_ENUM)
#undef SLUICE_STATE_ENUM
};
constexpr uint32_t kConnectionStates = 8;

enum ConnectionEvent : uint8_t {
#define SLUICE_EVENT_ENUM(code, name, from, doc) kConnection_##name = code,
  SLUICE_CONNECTION_EVENTS(SLUICE_EVENT_ENUM)
#undef SLUICE_EVENT_ENUM
};
constexpr uint32_t kConnectionEvents = 12;

constexpr uint32_t kConnectionKeyBits = 60;     // client address, client port, service
constexpr uint32_t kConnectionBucketBits = 16;  // of a subtable; four subtables of four slots
constexpr uint32_t kClientBucketBits = 12;      // of the table that persistence has
// A conn_read looks for a bucket that is not empty up to the end of a block of so many.
constexpr uint32_t kConnectionReadBlock = 1024;
constexpr uint32_t kConnectionServiceBits = 12;
constexpr uint32_t kConnectionBackendBits = 12;
constexpr uint32_t kConnectionStateBits = 3;
constexpr uint32_t kConnectionEpochBits = 13;
constexpr uint32_t kConnectionTimeoutBits = 12;
constexpr uint32_t kConnectionReferenceBits = 16;
constexpr uint32_t kConnectionRounds = 12;
constexpr uint32_t kConnectionStash = 32;
// Cycles from the commit of an insert or a renewal to its backend.
constexpr uint32_t kConnectionPickCycles = 3;
// A time-out of less is taken for this, so nothing expires while its last packet is under way.
constexpr uint32_t kConnectionLeastTimeout = 2;

// Which of the four time-outs of a service a state has.
enum class ConnectionTimeout : uint8_t { opening, established, half_closed, closed };

constexpr ConnectionTimeout connection_timeout(uint8_t state) {
  return state == kConnection_opening || state == kConnection_answered
             ? ConnectionTimeout::opening
             : (state == kConnection_client_fin || state == kConnection_backend_fin
                    ? ConnectionTimeout::half_closed
                    : (state == kConnection_closed || state == kConnection_reset
                           ? ConnectionTimeout::closed
                           : ConnectionTimeout::established));
}

// What the counts of connections count.
constexpr bool connection_active(uint8_t state) {
  return state != kConnection_none && state != kConnection_closed && state != kConnection_reset;
}

constexpr bool connection_expired(uint32_t now, uint32_t deadline) {
  return ((now - deadline) & (1U << (kConnectionEpochBits - 1))) == 0;
}

// `sequence` and `reference` are upper halves of sequence numbers.
constexpr bool connection_near(uint16_t sequence, uint16_t reference) {
  return static_cast<uint16_t>(sequence - reference + 1) < 4;
}

struct ConnectionStep {
  uint8_t state;    // afterwards
  bool takes;       // insert or renew: the entry gets the scheduler's proposal
  bool sets;        // writes state and deadline; else the entry stays as it is
  bool takes_in;    // the reference for the client: its own sequence number or what a backend
                    // acknowledges
  bool takes_out;   // the reference for the backend, likewise
  bool clears_out;  // of takes_out: it becomes 0. An opening connection keeps the time of its SYN
                    // there, and the time of one that came twice tells nothing (Karn and Partridge)
};

constexpr bool connection_event_is_reset(uint8_t event) {
  return event == kConnection_rst_in || event == kConnection_rst_out;
}

// The state column of the table in docs/connections.md, an entry being there.
constexpr uint8_t connection_next_state(uint8_t state, uint8_t event, bool near, bool sees_return) {
  switch (event) {
    case kConnection_syn:
      return connection_active(state) ? state : uint8_t{kConnection_opening};
    case kConnection_data_in:
      if (state == kConnection_opening && sees_return) return state;
      return state == kConnection_opening || state == kConnection_answered ||
                     state == kConnection_reset
                 ? uint8_t{kConnection_established}
                 : state;
    case kConnection_fin_in:
      return state == kConnection_backend_fin || state == kConnection_closed
                 ? uint8_t{kConnection_closed}
                 : uint8_t{kConnection_client_fin};
    case kConnection_fin_out:
      return state == kConnection_client_fin || state == kConnection_closed
                 ? uint8_t{kConnection_closed}
                 : uint8_t{kConnection_backend_fin};
    case kConnection_rst_in:
    case kConnection_rst_out:
      if (state == kConnection_opening && event == kConnection_rst_out) return kConnection_reset;
      return connection_active(state) && near ? uint8_t{kConnection_reset} : state;
    case kConnection_syn_ack:
      return state == kConnection_opening ? uint8_t{kConnection_answered} : state;
    case kConnection_data_out:
      return state == kConnection_opening || state == kConnection_reset
                 ? uint8_t{kConnection_established}
                 : state;
    case kConnection_udp_in:
    case kConnection_udp_out:
      return kConnection_established;
    case kConnection_remove:
      return kConnection_none;
    default:
      return state;
  }
}

// What `event` does to an entry in `state` (none: there is no entry). `near` counts for resets.
// What a restore writes is the host's choice; the state named here is a stand-in.
constexpr ConnectionStep connection_step(uint8_t state, uint8_t event, bool near,
                                         bool sees_return) {
  ConnectionStep step{state, false, false, false, false, false};
  if (state == kConnection_none) {
    step.takes = event == kConnection_syn || event == kConnection_data_in ||
                 event == kConnection_udp_in || event == kConnection_restore;
    if (!step.takes) return step;
    step.state = event == kConnection_syn ? kConnection_opening : kConnection_established;
  } else {
    step.state = connection_next_state(state, event, near, sees_return);
    step.takes = event == kConnection_syn && !connection_active(state);
  }
  step.sets = step.takes || step.state != state ||
              (connection_active(state) && !connection_event_is_reset(event) &&
               event != kConnection_restore);
  if (step.takes) {
    step.takes_in = step.takes_out = true;
  } else if (event == kConnection_syn && state == kConnection_opening) {
    step.takes_out = step.clears_out = true;
  } else if (step.sets && event == kConnection_syn_ack) {
    step.takes_in = step.takes_out = state == kConnection_opening || state == kConnection_answered;
  } else if (step.sets && (event == kConnection_data_in || event == kConnection_fin_in)) {
    step.takes_in = !sees_return;
    step.takes_out = true;
  } else if (step.sets && (event == kConnection_data_out || event == kConnection_fin_out)) {
    step.takes_in = true;
  }
  return step;
}

// What becomes of an entry whose backend is out of service, instead of connection_step.
enum class ConnectionGone : uint8_t {
  step,    // no difference
  takes,   // a new backend, in the state of an insert
  resets,  // state closed, and the client gets a RST
};

// `moves`: the service's policy is to move connections of a dead backend, else to reset them.
constexpr ConnectionGone connection_gone(uint8_t state, uint8_t event, bool moves) {
  if (state == kConnection_none) return ConnectionGone::step;
  if (event == kConnection_udp_in) return ConnectionGone::takes;
  // A client that has not heard the first RST gets another one.
  const bool resets = !moves && (event == kConnection_data_in || event == kConnection_fin_in);
  if (state == kConnection_closed) return resets ? ConnectionGone::resets : ConnectionGone::step;
  if (event == kConnection_syn) {
    return state == kConnection_reset ? ConnectionGone::step : ConnectionGone::takes;
  }
  if (event == kConnection_data_in) {
    return moves ? ConnectionGone::takes : ConnectionGone::resets;
  }
  return resets ? ConnectionGone::resets : ConnectionGone::step;
}

}  // namespace layout
}  // namespace sluice
