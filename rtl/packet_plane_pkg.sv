// Records that the blocks of the packet plane hand to each other.
//
// No module uses every constant.
// verilator lint_off UNUSEDPARAM
package packet_plane_pkg;
  // ingress -> header path: an accepted frame, whose payload is committed.
  typedef struct packed {
    logic [7:0] payload_beats;  // beats after the window, 0 to 142
    logic [13:0] frame_bytes;   // whole frame, 1 to 9,216
    logic [1023:0] window;      // first 128 bytes, zero beyond the end
  } window_record_t;
  localparam int unsigned WINDOW_RECORD_BITS = 8 + 14 + 1024;

  // header path -> pipeline, the packet path's input.
  typedef struct packed {
    logic [31:0] random;  // another one for each packet
    logic epoch;
    logic port;
    logic [13:0] frame_bytes;
    logic [1023:0] window;
  } path_in_t;

  // pipeline -> header path, the packet path's output. frame_bytes is only compared with what the
  // plane computes from header_bytes and the payload it holds.
  typedef struct packed {
    logic cut;            // the payload does not leave
    logic [1:0] verdict;  // sluice_pkg::verdict_e
    logic [5:0] reason;
    logic egress_port;
    logic [1:0] direction;  // sluice_pkg::direction_e
    logic [9:0] service;
    logic [11:0] backend;
    logic [13:0] frame_bytes;
    logic [7:0] header_bytes;
    logic [1215:0] header;
  } path_out_t;

  // What a packet brought that the packet path does not carry along.
  typedef struct packed {
    logic port;
    logic [7:0] payload_beats;
    logic [13:0] payload_bytes;  // bytes beyond the window
    logic [13:0] frame_bytes;    // as received
  } side_record_t;
  localparam int unsigned SIDE_RECORD_BITS = 37;

  // Queues behind a dispatch: one an egress port, then one a class of punts: other, and what the
  // host asked for (sluice_layout_pkg::reason_asked).
  localparam int unsigned QUEUES = 4;
  localparam int unsigned PUNT_QUEUE = 2;
  localparam int unsigned PUNT_CLASSES = 2;

  // admission -> dispatch -> egress and punt queue: how a frame begins; payload_beats beats follow.
  typedef struct packed {
    logic [7:0] payload_beats;  // 0 to 142
    logic [7:0] beats;          // of the whole frame that leaves, 1 to 145
    logic [13:0] frame_bytes;   // that leave
    logic [7:0] header_bytes;   // 0 to 152
    logic [1215:0] header;
  } header_record_t;
  localparam int unsigned HEADER_RECORD_BITS = 8 + 8 + 14 + 8 + 1216;

  // punt queue: the window as received is all the header there is.
  typedef struct packed {
    logic [5:0] reason;
    logic [7:0] beats;
    logic [13:0] frame_bytes;
    logic [1023:0] header;
  } punt_record_t;
  localparam int unsigned PUNT_RECORD_BITS = 6 + 8 + 14 + 1024;

  // Packets of one block, enough for the verdicts of both ports and two egress queues of headers.
  typedef logic [11:0] held_t;

  // Bounds. A frame of MAX_FRAME_BYTES has 144 beats, 142 of them payload.
  //
  // Payload of accepted frames between ingress and dispatch: the frame being received (142), the
  // one being dispatched (142) and what arrives while a header is in the pipeline (about 60),
  // which is 344; 512 beats are the natural depth of a block RAM.
  localparam int unsigned INGRESS_PAYLOAD_BEATS = 512;
  // Windows that wait for the arbiter: two ports together stay below one packet a cycle at line
  // rate, so only short clumps wait; 32 is the natural depth of a LUT RAM.
  localparam int unsigned INGRESS_WINDOWS = 32;
  // Packets of a port between ingress and dispatch: one-beat frames may follow a frame whose
  // payload takes dispatch 142 cycles, a cycle each, and about 60 are in the pipeline meanwhile.
  localparam int unsigned VERDICTS = 256;
  // Pipeline side band: must hold as many packets as the pipeline has stages, and a few more.
  localparam int unsigned SIDE_RECORDS = 64;
  // Egress queues, one for each pair of ports: a burst of 32 KiB, or of 512 small frames, towards
  // a port that the other one keeps busy. One block RAM deep.
  localparam int unsigned EGRESS_PAYLOAD_BEATS = 512;
  localparam int unsigned EGRESS_HEADERS = 512;
  // Punt queues: two frames of the longest length a mailbox takes (30 payload beats each), or 32
  // small ones, for the time the mailbox needs to store a frame.
  localparam int unsigned PUNT_PAYLOAD_BEATS = 64;
  localparam int unsigned PUNT_HEADERS = 32;
  // Beats between the splicer and the wire: the way from a beat's issue to the return of its credit
  // takes 9 cycles.
  localparam int unsigned EGRESS_OUT_BEATS = 16;
endpackage
// verilator lint_on UNUSEDPARAM
