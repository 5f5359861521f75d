// Holds the frames for the host and hands them to the control plane, as received.
//
// Input: header records and payload beats from each port's dispatch, pushed without a check (the
// admission has taken the room; header_freed_o and payload_freed_o return it).
// Output: sluice_pkg::punt_beat_t, valid/ready, round robin by frame between the ports. It may wait
// as long as the control plane likes; the admission drops meanwhile (punt_full).
// Not for speed: a frame takes a cycle a beat and one more.
module punt (
    input logic clk_i,
    input logic rst_i,

    // From the dispatch of port p: bit or slice p.
    input logic [sluice_pkg::PORTS-1:0] header_push_i,
    input logic [sluice_pkg::PORTS*packet_plane_pkg::PUNT_RECORD_BITS-1:0] header_i,
    input logic [sluice_pkg::PORTS-1:0] payload_push_i,
    input logic [sluice_pkg::PORTS*sluice_pkg::BEAT_BITS-1:0] payload_i,
    output logic [sluice_pkg::PORTS-1:0] header_freed_o,
    output logic [sluice_pkg::PORTS-1:0] payload_freed_o,

    output logic punt_valid_o,
    input logic punt_ready_i,
    output sluice_pkg::punt_beat_t punt_o,

    output packet_plane_pkg::held_t held_o  // two cycles ago
);
  localparam int unsigned RECORD = packet_plane_pkg::PUNT_RECORD_BITS;

  logic [1:0] head_valid, head_pop, payload_pop;
  logic [2*RECORD-1:0] heads;
  logic [2*512-1:0] payloads;
  logic [2*12-1:0] queues_held;

  for (genvar p = 0; p < 2; p++) begin : gen_queue
    frame_queue #(
        .RECORD_BITS(RECORD),
        .HEADERS(packet_plane_pkg::PUNT_HEADERS),
        .PAYLOAD_BEATS(packet_plane_pkg::PUNT_PAYLOAD_BEATS)
    ) u_queue (
        .clk_i,
        .rst_i,
        .header_push_i(header_push_i[p]),
        .header_i(header_i[p*RECORD+:RECORD]),
        .payload_push_i(payload_push_i[p]),
        .payload_i(payload_i[p*512+:512]),
        .header_freed_o(header_freed_o[p]),
        .payload_freed_o(payload_freed_o[p]),
        .head_valid_o(head_valid[p]),
        .head_o(heads[p*RECORD+:RECORD]),
        .head_pop_i(head_pop[p]),
        .payload_o(payloads[p*512+:512]),
        .payload_pop_i(payload_pop[p]),
        .held_o(queues_held[p*12+:12])
    );
  end

  // The frame on its way: two beats of header, then payload. One idle cycle between frames.
  packet_plane_pkg::punt_record_t head;
  logic busy_q, port_q, load, port, issue, last, from_header;
  logic [7:0] left_q;
  logic [1:0] headers_left_q;
  logic [1023:0] header_q;
  sluice_pkg::punt_beat_t punt_q;
  logic punt_valid_q;

  assign port = &head_valid ? !port_q : head_valid[1];
  assign load = !busy_q && (!punt_valid_q || punt_ready_i) && |head_valid;
  assign head = port ? heads[RECORD+:RECORD] : heads[0+:RECORD];
  assign head_pop = {load && port, load && !port};

  assign issue = busy_q && (!punt_valid_q || punt_ready_i);
  assign last = left_q == 8'd1;
  assign from_header = headers_left_q != 2'd0;
  assign payload_pop = {issue && !from_header && port_q, issue && !from_header && !port_q};

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      busy_q <= 1'b0;
      port_q <= 1'b0;
      punt_valid_q <= 1'b0;
    end else begin
      if (load) begin
        busy_q <= 1'b1;
        port_q <= port;
      end else if (issue && last) begin
        busy_q <= 1'b0;
      end
      if (issue) punt_valid_q <= 1'b1;
      else if (punt_ready_i) punt_valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (load) begin
      header_q <= head.header;
      headers_left_q <= 2'd2;
      left_q <= head.beats;
      punt_q.port <= port;
      punt_q.reason <= head.reason;
      punt_q.frame_bytes <= 16'(head.frame_bytes);
    end
    if (issue) begin
      header_q <= {512'd0, header_q[1023:512]};
      if (from_header) headers_left_q <= headers_left_q - 2'd1;
      left_q <= left_q - 8'd1;
      punt_q.data <= from_header ? header_q[511:0] :
                     port_q ? payloads[512+:512] : payloads[0+:512];
      punt_q.last <= last;
    end
  end
  assign punt_valid_o = punt_valid_q;
  assign punt_o = punt_q;

  // A frame is here until its last beat is taken.
  logic [1:0] sending1_q;
  always_ff @(posedge clk_i) begin
    sending1_q <= 2'(busy_q) + 2'(punt_valid_q && punt_q.last);
    held_o <= queues_held[0+:12] + queues_held[12+:12] + 12'(sending1_q);
  end

`ifndef SYNTHESIS
  stable_until_ready :
  assert property (@(posedge clk_i) disable iff (rst_i)
                   punt_valid_o && !punt_ready_i |=> punt_valid_o && $stable(punt_o))
  else $error("a beat changed before it was taken");
`endif
endmodule
