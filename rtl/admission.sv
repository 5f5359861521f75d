// Decides where the pipeline ends what becomes of each packet, and tells the counters.
//
// One result a cycle, never stalls. A forwarded packet must find room for its header and its whole
// payload in the queue between its two ports, else it is dropped (egress_full); a punted one in the
// punt queue of its port and class (punt_full, or punt_full_asked for what the host asked for), and
// it must fit a mailbox slot (punt_oversize). Room is taken here, before the packet reaches its
// dispatch, and returned as the queues are read. So a slow port never holds up another one, and
// everything behind here moves without a check. A packet that is cut leaves without its payload.
// Latency: verdict_push_o and what goes with it one cycle after path_valid_i, the events two.
// Counts: every packet once: flow_event_o if forwarded, else reason_event_o. A packet that enters
// a punt queue counts with the reason of its punt, one that does not with punt_full or
// punt_full_asked only.
module admission (
    input logic clk_i,
    input logic rst_i,

    input logic path_valid_i,
    input packet_plane_pkg::path_out_t path_i,
    input packet_plane_pkg::side_record_t side_i,

    output logic [sluice_pkg::PORTS-1:0] verdict_push_o,  // to the port's dispatch
    output logic [packet_plane_pkg::QUEUES-1:0] to_queue_o,  // none: throw the payload away
    output sluice_pkg::reason_t reason_o,  // of a punted packet
    output packet_plane_pkg::header_record_t header_o,
    output logic [7:0] thrown_beats_o,  // payload beats to throw away instead

    // Room given back, bit p * QUEUES + q for queue q of port p's dispatch.
    input logic [sluice_pkg::PORTS*packet_plane_pkg::QUEUES-1:0] header_freed_i,
    input logic [sluice_pkg::PORTS*packet_plane_pkg::QUEUES-1:0] payload_freed_i,

    output sluice_pkg::flow_event_t flow_event_o,
    output sluice_pkg::reason_event_t reason_event_o,
    output logic [sluice_pkg::PORTS-1:0] asked_lost_o,  // with it: punt_full_asked, by port
    output packet_plane_pkg::held_t held_o  // two cycles ago
);
  localparam int unsigned QUEUES = packet_plane_pkg::QUEUES;

  // Stage 1: the packet, the queue it asks for and its length when it leaves.
  logic valid_q, port_q, forward_q, punt_q, asked_q, too_long_q;
  logic [2*QUEUES-1:0] want_q;
  logic [13:0] leaving_bytes_q;
  logic [1:0] direction_q;
  logic [sluice_pkg::SERVICE_BITS-1:0] service_q;
  logic [sluice_pkg::BACKEND_BITS-1:0] backend_q;
  logic [13:0] frame_bytes_q;
  logic [7:0] header_bytes_q, payload_beats_q, thrown_beats_q;
  logic [5:0] reason_q;
  logic [sluice_pkg::HEADER_BITS-1:0] header_q;
  logic forward, punt, asked, too_long;
  logic [QUEUES-1:0] want;

  assign forward = path_i.verdict == sluice_pkg::VERDICT_FORWARD;
  assign punt = path_i.verdict == sluice_pkg::VERDICT_PUNT;
  assign too_long = side_i.frame_bytes > 14'(sluice_layout_pkg::MAILBOX_FRAME_BYTES);
  assign asked = sluice_layout_pkg::reason_asked(path_i.reason);
  assign want = {
    punt && !too_long && asked,
    punt && !too_long && !asked,
    forward && path_i.egress_port,
    forward && !path_i.egress_port
  };

  always_ff @(posedge clk_i) begin
    valid_q <= path_valid_i && !rst_i;
    want_q <= '0;
    if (path_valid_i && !rst_i) begin
      want_q <= side_i.port ? {want, {QUEUES{1'b0}}} : {{QUEUES{1'b0}}, want};
    end
    if (path_valid_i) begin
      header_q <= path_i.header;
      header_bytes_q <= path_i.header_bytes;
      payload_beats_q <= path_i.cut ? 8'd0 : side_i.payload_beats;
      thrown_beats_q <= path_i.cut ? side_i.payload_beats : 8'd0;
      reason_q <= path_i.reason;
      direction_q <= path_i.direction;
      service_q <= path_i.service;
      backend_q <= path_i.backend;
      frame_bytes_q <= side_i.frame_bytes;
      port_q <= side_i.port;
      forward_q <= forward;
      punt_q <= punt;
      asked_q <= asked;
      too_long_q <= too_long;
      leaving_bytes_q <= 14'(path_i.header_bytes) + (path_i.cut ? 14'd0 : side_i.payload_bytes);
    end
  end
  logic held_q;
  always_ff @(posedge clk_i) begin
    held_q <= valid_q;
    held_o <= 12'(held_q);
  end

  // Stage 2: the decision.
  logic [2*QUEUES-1:0] taken;
  logic [QUEUES-1:0] to_queue;

  for (genvar i = 0; i < 2 * QUEUES; i++) begin : gen_credit
    queue_credit #(
        .PAYLOAD_BEATS(
            i % QUEUES >= packet_plane_pkg::PUNT_QUEUE ? packet_plane_pkg::PUNT_PAYLOAD_BEATS
                                                       : packet_plane_pkg::EGRESS_PAYLOAD_BEATS),
        .HEADERS(i % QUEUES >= packet_plane_pkg::PUNT_QUEUE ? packet_plane_pkg::PUNT_HEADERS
                                                            : packet_plane_pkg::EGRESS_HEADERS)
    ) u_credit (
        .clk_i,
        .rst_i,
        .want_i(want_q[i]),
        .payload_beats_i(payload_beats_q),
        .taken_o(taken[i]),
        .header_freed_i(header_freed_i[i]),
        .payload_freed_i(payload_freed_i[i])
    );
  end
  assign to_queue = taken[2*QUEUES-1:QUEUES] | taken[QUEUES-1:0];

  assign to_queue_o = to_queue;
  assign reason_o = reason_q;
  assign thrown_beats_o = thrown_beats_q;
  assign verdict_push_o = {valid_q && port_q, valid_q && !port_q};
  always_comb begin
    header_o.payload_beats = payload_beats_q;
    header_o.beats = leaving_bytes_q[13:6] + 8'(leaving_bytes_q[5:0] != 6'd0);
    header_o.frame_bytes = leaving_bytes_q;
    header_o.header_bytes = header_bytes_q;
    header_o.header = header_q;
  end

  // Stage 3: the events. The counters of flows know no reset, so there must be none before the first.
  initial flow_event_o.valid = 1'b0;
  always_ff @(posedge clk_i) begin
    flow_event_o.valid <= valid_q && !rst_i && forward_q && to_queue != '0;
    reason_event_o.valid <= valid_q && !rst_i && !(forward_q && to_queue != '0);
    asked_lost_o <= {port_q, !port_q} &
        {2{valid_q && !rst_i && punt_q && asked_q && !too_long_q && to_queue == '0}};
    if (valid_q) begin
      flow_event_o.direction <= direction_q;
      flow_event_o.service <= service_q;
      flow_event_o.backend <= backend_q;
      flow_event_o.frame_bytes <= 16'(frame_bytes_q);
      reason_event_o.reason <= reason_q;
      if (forward_q) reason_event_o.reason <= sluice_layout_pkg::REASON_EGRESS_FULL;
      else if (punt_q && too_long_q) begin
        reason_event_o.reason <= sluice_layout_pkg::REASON_PUNT_OVERSIZE;
      end else if (punt_q && to_queue == '0) begin
        reason_event_o.reason <= asked_q ? sluice_layout_pkg::REASON_PUNT_FULL_ASKED
                                         : sluice_layout_pkg::REASON_PUNT_FULL;
      end
    end
  end

`ifndef SYNTHESIS
  logic [13:0] given_bytes_q;
  always_ff @(posedge clk_i) if (path_valid_i) given_bytes_q <= path_i.frame_bytes;

  always_ff @(posedge clk_i) begin
    if (!rst_i) begin
      header_bound : assert (!valid_q || (header_bytes_q <= 8'(sluice_pkg::HEADER_BYTES)))
      else $error("the packet path returned more header than there is");
      length_agrees : assert (!(valid_q && forward_q) || given_bytes_q == leaving_bytes_q)
      else $error("the packet path's frame length is not header plus payload");
      shortest_frame : assert (!(valid_q && forward_q) ||
                               leaving_bytes_q >= 14'(sluice_layout_pkg::MIN_FRAME_BYTES))
      else $error("a forwarded frame is shorter than the shortest one");
      punted_as_received : assert (!(valid_q && punt_q) || leaving_bytes_q == frame_bytes_q)
      else $error("a punted frame changed its length");
      reason_given : assert (!(valid_q && !forward_q) || reason_q != 6'd0)
      else $error("dropped or punted without a reason");
      reason_kind : assert (!valid_q || forward_q || reason_q[5] == punt_q)
      else $error("dropped for a reason of punts, or the other way round");
    end
  end
`endif
endmodule
