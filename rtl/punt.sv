// Holds the frames for the host and hands them to the control plane, as received.
//
// Punts are of two classes, 1 what the host asked for (sluice_layout_pkg::reason_asked), 0 all other,
// and there is a queue for each class and port, so that a flood takes room from its own kind only.
// Input: header records and payload beats from each port's dispatch, pushed without a check (the
// admission has taken the room; header_freed_o and payload_freed_o return it). Queue 2 * class + port.
// Output: sluice_pkg::punt_beat_t, valid and a ready for each class. A frame begins only while its
// class is ready, so one that waits for a full class never stands in front of the other class. What
// the host asked for goes first, in a class the ports take turns by frame. It may wait as long as the
// control plane likes; the admission drops meanwhile (punt_full, punt_full_asked).
// Not for speed: a frame takes a cycle a beat and two more.
module punt (
    input logic clk_i,
    input logic rst_i,

    // From the dispatch of port p: pushes in bit 2 * class + p, what is pushed in slice p.
    input logic [3:0] header_push_i,
    input logic [sluice_pkg::PORTS*packet_plane_pkg::PUNT_RECORD_BITS-1:0] header_i,
    input logic [3:0] payload_push_i,
    input logic [sluice_pkg::PORTS*sluice_pkg::BEAT_BITS-1:0] payload_i,
    output logic [3:0] header_freed_o,
    output logic [3:0] payload_freed_o,

    output logic punt_valid_o,
    input logic [packet_plane_pkg::PUNT_CLASSES-1:0] punt_ready_i,
    output sluice_pkg::punt_beat_t punt_o,

    output packet_plane_pkg::held_t held_o  // two cycles ago
);
  localparam int unsigned RECORD = packet_plane_pkg::PUNT_RECORD_BITS;
  localparam int unsigned QUEUES = sluice_pkg::PORTS * packet_plane_pkg::PUNT_CLASSES;

  logic [QUEUES-1:0] head_valid, head_pop, payload_pop;
  logic [QUEUES*RECORD-1:0] heads;
  logic [QUEUES*512-1:0] payloads;
  logic [QUEUES*12-1:0] queues_held;

  for (genvar q = 0; q < QUEUES; q++) begin : gen_queue
    localparam int unsigned P = q % sluice_pkg::PORTS;
    frame_queue #(
        .RECORD_BITS(RECORD),
        .HEADERS(packet_plane_pkg::PUNT_HEADERS),
        .PAYLOAD_BEATS(packet_plane_pkg::PUNT_PAYLOAD_BEATS)
    ) u_queue (
        .clk_i,
        .rst_i,
        .header_push_i(header_push_i[q]),
        .header_i(header_i[P*RECORD+:RECORD]),
        .payload_push_i(payload_push_i[q]),
        .payload_i(payload_i[P*512+:512]),
        .header_freed_o(header_freed_o[q]),
        .payload_freed_o(payload_freed_o[q]),
        .head_valid_o(head_valid[q]),
        .head_o(heads[q*RECORD+:RECORD]),
        .head_pop_i(head_pop[q]),
        .payload_o(payloads[q*512+:512]),
        .payload_pop_i(payload_pop[q]),
        .held_o(queues_held[q*12+:12])
    );
  end

  // The frame on its way: two beats of header, then payload. Two idle cycles between frames.
  packet_plane_pkg::punt_record_t head;
  logic [QUEUES-1:0] may_begin;
  logic [1:0] queue, queue_q;  // {class, port}
  logic [1:0] turn_q;  // the port that went last, of each class
  logic busy_q, asked, load, ready, issue, last, from_header;
  logic [7:0] left_q;
  logic [1:0] headers_left_q;
  logic [1023:0] header_q;
  sluice_pkg::punt_beat_t punt_q;
  logic punt_valid_q;

  assign may_begin = head_valid & {{2{punt_ready_i[1]}}, {2{punt_ready_i[0]}}};
  assign asked = |may_begin[3:2];
  assign queue[1] = asked;
  assign queue[0] = asked ? (may_begin[2] ? may_begin[3] && !turn_q[1] : 1'b1)
                          : (may_begin[0] ? may_begin[1] && !turn_q[0] : 1'b1);
  // Only when the mailbox has the frame before, for then it knows what room is left.
  assign load = !busy_q && !punt_valid_q && |may_begin;
  assign head = queue[1] ? (queue[0] ? heads[3*RECORD+:RECORD] : heads[2*RECORD+:RECORD])
                         : (queue[0] ? heads[1*RECORD+:RECORD] : heads[0*RECORD+:RECORD]);
  assign head_pop = load ? 4'd1 << queue : 4'd0;

  assign ready = queue_q[1] ? punt_ready_i[1] : punt_ready_i[0];
  assign issue = busy_q && (!punt_valid_q || ready);
  assign last = left_q == 8'd1;
  assign from_header = headers_left_q != 2'd0;
  assign payload_pop = issue && !from_header ? 4'd1 << queue_q : 4'd0;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      busy_q <= 1'b0;
      queue_q <= 2'd0;
      turn_q <= 2'd0;
      punt_valid_q <= 1'b0;
    end else begin
      if (load) begin
        busy_q <= 1'b1;
        queue_q <= queue;
        if (asked) turn_q[1] <= queue[0];
        else turn_q[0] <= queue[0];
      end else if (issue && last) begin
        busy_q <= 1'b0;
      end
      if (issue) punt_valid_q <= 1'b1;
      else if (ready) punt_valid_q <= 1'b0;
    end
  end

  logic [511:0] payload;
  assign payload = queue_q[1] ? (queue_q[0] ? payloads[3*512+:512] : payloads[2*512+:512])
                              : (queue_q[0] ? payloads[1*512+:512] : payloads[0*512+:512]);

  always_ff @(posedge clk_i) begin
    if (load) begin
      header_q <= head.header;
      headers_left_q <= 2'd2;
      left_q <= head.beats;
      punt_q.port <= queue[0];
      punt_q.reason <= head.reason;
      punt_q.frame_bytes <= 16'(head.frame_bytes);
    end
    if (issue) begin
      header_q <= {512'd0, header_q[1023:512]};
      if (from_header) headers_left_q <= headers_left_q - 2'd1;
      left_q <= left_q - 8'd1;
      punt_q.data <= from_header ? header_q[511:0] : payload;
      punt_q.last <= last;
    end
  end
  assign punt_valid_o = punt_valid_q;
  assign punt_o = punt_q;

  // A frame is here until its last beat is taken.
  logic [1:0] sending1_q;
  always_ff @(posedge clk_i) begin
    sending1_q <= 2'(busy_q) + 2'(punt_valid_q && punt_q.last);
    held_o <= (queues_held[0+:12] + queues_held[12+:12]) +
              (queues_held[24+:12] + queues_held[36+:12]) + 12'(sending1_q);
  end

`ifndef SYNTHESIS
  stable_until_ready :
  assert property (@(posedge clk_i) disable iff (rst_i)
                   punt_valid_o && !ready |=> punt_valid_o && $stable(punt_o))
  else $error("a beat changed before it was taken");
  class_agrees_with_reason :
  assert property (@(posedge clk_i) disable iff (rst_i)
                   punt_valid_o |-> queue_q[1] == sluice_layout_pkg::reason_asked(punt_o.reason))
  else $error("a frame came by the other class's queue");
`endif
endmodule
