// Types that cross a boundary between blocks of the card.
//
// Streams are 512 bits a beat, byte i in bits [8i+7:8i]. A handshake is a clock edge with valid and
// ready both high; valid never waits for ready, and neither falls nor changes its data before it.
//
// Yosys 0.23 reads this file too: modules name constants with their package, for it knows no
// `import`, and a package cannot use another one's constants. So the few that the types need stand
// here again; sluice_card compares them with sluice_layout_pkg when it is elaborated. It takes an
// array of a type for one element of it: vectors over ports are flat, port p in the bits
// [p*BITS +: BITS], which is what a packed array would be.
//
// No module uses every constant.
// verilator lint_off UNUSEDPARAM
package sluice_pkg;
  localparam int unsigned PORTS = 2;
  localparam int unsigned BEAT_BYTES = 64;
  localparam int unsigned BEAT_BITS = BEAT_BYTES * 8;
  localparam int unsigned WINDOW_BYTES = 128;
  localparam int unsigned WINDOW_BITS = WINDOW_BYTES * 8;
  // What the packet path may return as header: the window and the largest push, 128 + 20 bytes,
  // rounded up to a multiple of 8.
  localparam int unsigned HEADER_BYTES = 152;
  localparam int unsigned HEADER_BITS = HEADER_BYTES * 8;
  localparam int unsigned PORT_BITS = 1;
  localparam int unsigned REASON_BITS = 6;
  localparam int unsigned SERVICE_BITS = 10;
  localparam int unsigned BACKEND_BITS = 12;

  typedef logic [BEAT_BITS-1:0] beat_t;
  typedef logic [PORT_BITS-1:0] port_t;
  // Bytes of a frame. One of more than 65,472 bytes (dropped as oversize) counts as about that.
  typedef logic [15:0] frame_bytes_t;
  // Beats of an accepted frame, at most (MAX_FRAME_BYTES + MAX_PUSH_BYTES) / 64 rounded up.
  typedef logic [7:0] beat_count_t;
  typedef logic [REASON_BITS-1:0] reason_t;
  // Packets inside the packet plane.
  typedef logic [15:0] packet_count_t;

  typedef enum logic [1:0] {
    VERDICT_DROP = 2'd0,
    VERDICT_FORWARD = 2'd1,
    VERDICT_PUNT = 2'd2
  } verdict_e;

  typedef enum logic [1:0] {
    DIRECTION_NONE = 2'd0,
    DIRECTION_IN = 2'd1,
    DIRECTION_OUT = 2'd2
  } direction_e;

  // Events for the counters: pulses, valid for one cycle, each counted once. They never wait.

  // A packet that the path forwards and its egress queue takes. At most one a cycle in the card,
  // for the decision is taken where the pipeline ends.
  typedef struct packed {
    logic valid;
    logic [1:0] direction;  // direction_e; NONE: no flow counter moves
    logic [SERVICE_BITS-1:0] service;
    logic [BACKEND_BITS-1:0] backend;
    frame_bytes_t frame_bytes;  // as received
  } flow_event_t;

  // A packet that is dropped (at any place) or that enters the punt queue. A packet has at most
  // one reason event: one that the full punt queue refuses counts as punt_full only.
  typedef struct packed {
    logic valid;
    reason_t reason;
  } reason_event_t;

  localparam int unsigned REASON_EVENT_BITS = 1 + REASON_BITS;
  // Sources of reason events: one ingress a port, then the admission behind the pipeline.
  localparam int unsigned REASON_SOURCES = PORTS + 1;

  typedef struct packed {
    logic rx_valid;  // the last beat of a frame arrived, good or bad
    frame_bytes_t rx_bytes;
    logic tx_valid;  // the last beat of a frame was accepted
    frame_bytes_t tx_bytes;
  } port_event_t;

  localparam int unsigned PORT_EVENT_BITS = 34;

  // Frame for the host, beat by beat, as received. Descriptor fields are the same in each beat.
  // The packet plane sends frames of up to MAILBOX_FRAME_BYTES only. There is a ready for each class,
  // 1 what the host asked for (sluice_layout_pkg::reason_asked), 0 all other: a frame begins only
  // while its class is ready, and a beat is taken if that is. While a class is full its ready is low
  // and the packet plane drops and counts (punt_full, punt_full_asked).
  // Beats of a frame may have gaps between them.
  typedef struct packed {
    logic last;
    port_t port;  // port it came from
    reason_t reason;
    frame_bytes_t frame_bytes;
    beat_t data;  // bytes beyond the end are zero
  } punt_beat_t;

  // Frame from the host, beat by beat, to leave unchanged. The control plane sends only frames of
  // MIN_FRAME_BYTES to MAILBOX_FRAME_BYTES (it pads shorter ones with zeros), and keeps valid high
  // from a frame's first beat to its last: a MAC allows no gap inside a frame.
  typedef struct packed {
    logic last;
    port_t port;  // port it leaves by
    frame_bytes_t frame_bytes;
    beat_t data;
  } inject_beat_t;

endpackage
// verilator lint_on UNUSEDPARAM
