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
  STATE(2, established, "both sides take part")             \
  STATE(3, client_fin, "the client will send no more")      \
  STATE(4, backend_fin, "the backend will send no more")    \
  STATE(5, closed, "both have sent FIN, or the card ended") \
  STATE(6, reset, "one of them sent RST")                   \
  STATE(7, unconfirmed, "the client has yet to show itself")

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
constexpr uint32_t kConnectionEpochBits = 17;
constexpr uint32_t kConnectionTimeoutBits = 17;
// A deadline counts as over for so many epochs, in which the sweep must come to it. What is left of
// the range is the longest time-out, 34 hours.
constexpr uint32_t kConnectionOverEpochs = 8192;
constexpr uint32_t kConnectionLongestTimeout = (1U << kConnectionEpochBits) - kConnectionOverEpochs;
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
  return state == kConnection_opening || state == kConnection_unconfirmed
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

// Which ones give way when the table is nearly full: nobody has shown himself yet.
constexpr bool connection_half_open(uint8_t state) {
  return state == kConnection_opening || state == kConnection_unconfirmed;
}

constexpr bool connection_expired(uint32_t now, uint32_t deadline) {
  return (now - deadline) % (1U << kConnectionEpochBits) < kConnectionOverEpochs;
}

// Upper halves of sequence numbers. A reset has to be nearer than a FIN, which may lie ahead of the
// last acknowledgement by the window of the other side.
constexpr uint16_t kConnectionNearReset = 4;  // reference - 1 to reference + 2
constexpr uint16_t kConnectionNear = 16;      // reference - 1 to reference + 14

constexpr bool connection_near(uint16_t sequence, uint16_t reference, uint16_t count) {
  return static_cast<uint16_t>(sequence - reference + 1) < count;
}

constexpr bool connection_from_client(uint8_t event) {
  return event < kConnection_syn_ack || event == kConnection_udp_in;
}

// An entry's two references, or what a packet brings for them.
struct ConnectionReferences {
  uint16_t in;   // for the client
  uint16_t out;  // for the backend
};

// A packet brings its own sequence number for its sender's reference and what it acknowledges for
// the other one's. Where the card does not see the backend, whose reference has no use then, a
// client's packet brings the epoch. A restore names its references as a client's packet does.
constexpr ConnectionReferences connection_brings(uint8_t event, bool sees_return, uint16_t sequence,
                                                 uint16_t acknowledged, uint32_t now) {
  const bool dated = event == kConnection_data_in || event == kConnection_udp_in;
  if (!sees_return && dated) {
    return {sequence, static_cast<uint16_t>(now % (1U << kConnectionEpochBits))};
  }
  const bool straight = connection_from_client(event) || event >= kConnection_restore;
  return straight ? ConnectionReferences{sequence, acknowledged}
                  : ConnectionReferences{acknowledged, sequence};
}

// What a packet must show to be believed.
struct ConnectionCheck {
  bool in;      // it is near the reference for the client
  bool out;     // it is near the reference for the backend
  bool strict;  // as a reset has to be
  bool later;   // an unconfirmed entry, instead of `in`: made in another epoch. `out` is not asked
};

constexpr ConnectionCheck connection_check(uint8_t event, bool sees_return) {
  switch (event) {
    case kConnection_rst_in:
      return {true, false, true, false};
    case kConnection_rst_out:
      return {false, true, true, false};
    case kConnection_fin_in:
      return {true, sees_return, false, false};
    case kConnection_fin_out:
      return {false, true, false, false};
    case kConnection_data_in:
      return {!sees_return, sees_return, false, !sees_return};
    case kConnection_udp_in:
      return {false, false, false, !sees_return};
    default:
      return {false, false, false, false};
  }
}

// Is a packet that brings `brought` believed by an entry that has `had`?
constexpr bool connection_believed(uint8_t state, uint8_t event, bool sees_return,
                                   ConnectionReferences brought, ConnectionReferences had) {
  const ConnectionCheck check = connection_check(event, sees_return);
  const uint16_t count = check.strict ? kConnectionNearReset : kConnectionNear;
  if (check.later && state == kConnection_unconfirmed) return brought.out != had.out;
  return (!check.in || connection_near(brought.in, had.in, count)) &&
         (!check.out || connection_near(brought.out, had.out, count));
}

struct ConnectionStep {
  uint8_t state;    // afterwards
  bool takes;       // insert or renew: the entry gets the scheduler's proposal
  bool sets;        // writes state and deadline; else the entry stays as it is
  bool takes_in;    // the reference for the client
  bool takes_out;   // the reference for the backend
  bool clears_out;  // of takes_out: it becomes 0. An opening connection keeps the time of its SYN
                    // there, and the time of one that came twice tells nothing (Karn and Partridge)
};

// The state that an entry begins in. Only a backend's answer, or a second packet in another epoch,
// gives a connection whose beginning nobody saw the time of an established one.
constexpr uint8_t connection_first_state(uint8_t event, bool sees_return) {
  if (event == kConnection_restore) return kConnection_established;
  return event == kConnection_syn || sees_return ? uint8_t{kConnection_opening}
                                                 : uint8_t{kConnection_unconfirmed};
}

constexpr uint8_t connection_after_fin(uint8_t state, uint8_t own, uint8_t other) {
  return state == other || state == kConnection_closed ? uint8_t{kConnection_closed} : own;
}

// The state column of the table in docs/connections.md, an entry being there and the packet
// believed. What the card's own eyes can tell it does not take from the client alone.
constexpr uint8_t connection_next_state(uint8_t state, uint8_t event, bool sees_return) {
  switch (event) {
    case kConnection_syn:
      return connection_active(state) ? state : uint8_t{kConnection_opening};
    case kConnection_data_in:
      if (state == kConnection_unconfirmed) return kConnection_established;
      return !sees_return && (state == kConnection_opening || state == kConnection_reset)
                 ? uint8_t{kConnection_established}
                 : state;
    case kConnection_fin_in:
      if (sees_return && (state == kConnection_opening || state == kConnection_reset)) return state;
      if (!sees_return && state == kConnection_unconfirmed) return state;
      return connection_after_fin(state, kConnection_client_fin, kConnection_backend_fin);
    case kConnection_fin_out:
      if (state == kConnection_opening) return state;
      return connection_after_fin(state, kConnection_backend_fin, kConnection_client_fin);
    case kConnection_rst_in:
    case kConnection_rst_out:
      return connection_active(state) ? uint8_t{kConnection_reset} : state;
    case kConnection_syn_ack:
      return state == kConnection_opening ? uint8_t{kConnection_unconfirmed} : state;
    case kConnection_data_out:
      return state == kConnection_opening || state == kConnection_reset
                 ? uint8_t{kConnection_established}
                 : state;
    case kConnection_udp_in:
      return sees_return && (state == kConnection_opening || state == kConnection_unconfirmed)
                 ? state
                 : uint8_t{kConnection_established};
    case kConnection_udp_out:
      return kConnection_established;
    case kConnection_remove:
      return kConnection_none;
    default:
      return state;
  }
}

// Whether an entry cares if the packet is believed; else it always is.
constexpr bool connection_doubts(uint8_t state, uint8_t event, bool sees_return) {
  switch (event) {
    case kConnection_data_in:
      return state == kConnection_unconfirmed ||
             (!sees_return && (state == kConnection_opening || state == kConnection_reset));
    case kConnection_udp_in:
      return state == kConnection_unconfirmed && !sees_return;
    case kConnection_rst_out:  // an opening entry has the time of its SYN for the reference
      return state != kConnection_opening;
    case kConnection_rst_in:
    case kConnection_fin_in:
    case kConnection_fin_out:
      return true;
    default:
      return false;
  }
}

// Whether a packet that is believed and changes no state begins the state's time-out anew.
constexpr bool connection_renews(uint8_t state, uint8_t event, bool sees_return) {
  if (!connection_active(state) || event == kConnection_restore || event == kConnection_rst_in ||
      event == kConnection_rst_out) {
    return false;
  }
  if (event == kConnection_fin_out) return state != kConnection_opening;
  if (event != kConnection_fin_in) return true;
  return state != (sees_return ? kConnection_opening : kConnection_unconfirmed);
}

// What `event` does to an entry in `state` (none: there is no entry). `believed`: see above.
// What a restore writes is the host's choice; the state named here is a stand-in.
constexpr ConnectionStep connection_step(uint8_t state, uint8_t event, bool believed,
                                         bool sees_return) {
  ConnectionStep step{state, false, false, false, false, false};
  if (state == kConnection_none) {
    step.takes = event == kConnection_syn || event == kConnection_data_in ||
                 event == kConnection_udp_in || event == kConnection_restore;
    if (!step.takes) return step;
    step.state = connection_first_state(event, sees_return);
  } else {
    if (!believed && connection_doubts(state, event, sees_return)) return step;
    step.state = connection_next_state(state, event, sees_return);
    step.takes = event == kConnection_syn && !connection_active(state);
  }
  step.sets = step.takes || step.state != state || connection_renews(state, event, sees_return);
  const bool opens = state == kConnection_opening || state == kConnection_unconfirmed;
  if (step.takes) {
    step.takes_in = step.takes_out = true;
  } else if (event == kConnection_syn && state == kConnection_opening) {
    step.takes_in = step.takes_out = step.clears_out = true;
  } else if (step.sets && event == kConnection_syn_ack) {
    step.takes_in = step.takes_out = opens;
  } else if (step.sets && (event == kConnection_data_in || event == kConnection_fin_in)) {
    step.takes_in = !sees_return;
    step.takes_out = sees_return && state != kConnection_opening;
  } else if (step.sets && (event == kConnection_data_out || event == kConnection_fin_out)) {
    step.takes_in = true;
  }
  return step;
}

// What becomes of connections whose backend is gone: out of service, or taken out.
enum ConnectionPolicy : uint8_t {
  kConnectionResets = 0,  // the client gets a RST
  kConnectionMoves = 1,   // another backend
  kConnectionKeeps = 2,   // nothing
};

// A backend's `valid` in its record.
constexpr uint8_t kBackendServes = 1;   // in service: its check does not fail
constexpr uint8_t kBackendLeaving = 2;  // taken out of the configuration

// A backend that is both: as if it were only out of service, unless that changes nothing.
constexpr uint8_t connection_policy(uint8_t valid, uint8_t on_down, uint8_t on_removed) {
  const bool down = (valid & kBackendServes) == 0;
  if (down && (on_down & 3) != kConnectionKeeps) return on_down & 3;
  return (valid & kBackendLeaving) != 0 ? on_removed & 3 : uint8_t{kConnectionKeeps};
}

// What becomes of an entry whose backend is gone, instead of connection_step.
enum class ConnectionGone : uint8_t {
  step,    // no difference
  takes,   // a new backend, in the state of an insert
  resets,  // state closed, and the client gets a RST
};

constexpr ConnectionGone connection_gone(uint8_t state, uint8_t event, uint8_t policy) {
  if (state == kConnection_none || policy == kConnectionKeeps) return ConnectionGone::step;
  const bool moves = policy == kConnectionMoves;
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
