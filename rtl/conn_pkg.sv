// Records that the blocks of the connection table hand to each other. Stages are those of
// docs/connections.md; stages after the commit: X, Y1, Y2, V, W.
//
// No module uses every constant.
// verilator lint_off UNUSEDPARAM
package conn_pkg;
  // What an operation brings, from S0 on.
  typedef struct packed {
    logic [3:0] kind;            // sluice_layout_pkg::CONNECTION_EVENT_*
    logic sees_return;           // the card sees what the backend sends
    logic [1:0] on_down;         // CONNECTION_RESETS, _MOVES or _KEEPS if the backend is down,
    logic [1:0] on_removed;      // or was taken out
    logic offer;                 // there will be a proposal if one is asked for
    logic host;                  // an operation of the host, not a packet
    logic [2:0] host_state;      // what a restore writes
    logic [11:0] host_backend;
    logic [16:0] now;
    logic [67:0] deadlines;      // now + time-out: opening lowest, established, half closed, closed
    logic [15:0] reference_in;   // what the references become if they are taken
    logic [15:0] reference_out;
    logic [11:0] service;
  } op_t;
  localparam int unsigned OP_BITS = 4 + 7 + 3 + 12 + 17 + 68 + 32 + 12;

  // An entry without its remainder.
  typedef struct packed {
    logic [15:0] reference_out;
    logic [15:0] reference_in;
    logic [16:0] deadline;
    logic [2:0] state;
    logic [11:0] backend;
  } body_t;
  localparam int unsigned BODY_BITS = 64;
  localparam int unsigned STATE_AT = 12;
  localparam int unsigned DEADLINE_AT = 15;

  // What an operation in X finds, but for what the one directly ahead does.
  typedef struct packed {
    logic place;         // there is an entry of this key, perhaps expired: here
    logic stash;         // in the stash at index, else in the slot
    logic [3:0] slot;    // {subtable, slot}
    logic slot_shared;   // the one ahead has the same bucket in that subtable
    logic [4:0] index;
    logic [2:0] state;   // none if there is no entry or an expired one
    logic active;        // of the entry, expired or not
    logic fresh;         // it got its backend after the memory was read
    logic dirty;         // a packet that changes no state must write all the same
    logic shows_in;      // what connection_check says, against the references,
    logic shows_out;
    logic shows_in_ahead;   // and against what the one ahead makes them if it takes them
    logic shows_out_ahead;
    logic [15:0] reference_in;
    logic [15:0] reference_out;
  } view_t;
  localparam int unsigned VIEW_BITS = 1 + 1 + 4 + 1 + 5 + 3 + 7 + 32;

  // What those behind must know of an operation, from Y1 on.
  typedef struct packed {
    logic wrote;         // the rest counts
    logic took;          // insert or renewal
    logic stash;
    logic [3:0] slot;
    logic [4:0] index;
    logic [2:0] state;   // none: the entry is gone
    logic took_in;       // references taken
    logic took_out;
    logic [15:0] reference_in;
    logic [15:0] reference_out;
  } post_t;
  localparam int unsigned POST_BITS = 1 + 1 + 1 + 4 + 5 + 3 + 2 + 32;

  // What is left to do after the commit, from Y1 on; post_t has the rest.
  typedef struct packed {
    logic valid;
    logic hit;
    logic asked;         // there is a proposal for it
    logic renews;        // for an entry that was there
    logic stored;
    logic resets;
    logic in_place;      // over an entry of the same key, expired or not
    logic was_active;    // that entry, or the one that was found
    logic was_live;      // and it was not expired
    logic fills;         // over a slot that was free or expired
    logic answers;       // the first SYN-ACK of a connection
    logic [15:0] opened_at;  // then: the reference that its SYN left
  } done_t;
  localparam int unsigned DONE_BITS = 27;

  // What the counts of connections count: connection_active of the layouts.
  function automatic logic active(input logic [2:0] state);
    active = state != sluice_layout_pkg::CONNECTION_NONE &&
        state != sluice_layout_pkg::CONNECTION_CLOSED &&
        state != sluice_layout_pkg::CONNECTION_RESET;
  endfunction

  // connection_half_open of the layouts.
  function automatic logic half_open(input logic [2:0] state);
    half_open = state == sluice_layout_pkg::CONNECTION_OPENING ||
        state == sluice_layout_pkg::CONNECTION_UNCONFIRMED;
  endfunction
endpackage
// verilator lint_on UNUSEDPARAM
