// Moves a port's packets from its payload store into the queues that the admission chose.
//
// Verdicts come in the order of the port's packets and wait in a FIFO that cannot overflow: ingress
// lets no more packets in. A packet takes a cycle, or as many as it has payload beats, which is
// fewer than the wire took; its header record is pushed with its first beat, the others follow a
// beat a cycle without a gap. Payload of dropped packets is thrown away at the same rate.
// Latency: pushes begin two cycles after verdict_push_i. Record and payload come straight from the
// FIFOs' output registers; the queues must have room, which the admission has made sure of.
// Counts nothing; taken_o tells ingress that a packet has left.
module dispatch #(
    parameter int unsigned VERDICTS = packet_plane_pkg::VERDICTS
) (
    input logic clk_i,
    input logic rst_i,

    input logic verdict_push_i,
    input logic [packet_plane_pkg::QUEUES-1:0] to_queue_i,
    input sluice_pkg::reason_t reason_i,
    input packet_plane_pkg::header_record_t header_i,
    input logic [7:0] thrown_beats_i,  // payload beats to throw away: there are these or header_i's
    output logic taken_o,

    input logic payload_valid_i,
    output logic payload_pop_o,

    output logic [packet_plane_pkg::QUEUES-1:0] header_push_o,
    output packet_plane_pkg::header_record_t header_o,
    output packet_plane_pkg::punt_record_t punt_o,  // the same for the punt queues
    output logic [packet_plane_pkg::QUEUES-1:0] payload_push_o,  // of ingress' payload_o

    output packet_plane_pkg::held_t held_o  // two cycles ago
);
  logic verdict_valid, done;
  logic [7:0] thrown_beats, beats;  // beats: of payload in the store
  logic [packet_plane_pkg::QUEUES-1:0] to_queue;

  logic verdicts_full;
  logic [$clog2(VERDICTS)+1:0] unused_verdicts_held;
  fifo #(
      .WIDTH(packet_plane_pkg::QUEUES + 6 + 8 + packet_plane_pkg::HEADER_RECORD_BITS),
      .DEPTH(VERDICTS)
  ) u_verdicts (
      .clk_i,
      .rst_i,
      .push_i(verdict_push_i),
      .data_i({to_queue_i, reason_i, thrown_beats_i, header_i}),
      .commit_i(1'b1),
      .rollback_i(1'b0),
      .full_o(verdicts_full),
      .valid_o(verdict_valid),
      .data_o({to_queue, punt_o.reason, thrown_beats, header_o}),
      .pop_i(done),
      .held_o(unused_verdicts_held)
  );

  // A punted frame leaves as it came: the window is all the header.
  assign punt_o.beats = header_o.beats;
  assign punt_o.frame_bytes = header_o.frame_bytes;
  assign punt_o.header = header_o.header[1023:0];

  // Beats that are left after this cycle's one, while a packet is on its way.
  logic moving_q, last;
  logic [7:0] left_q;

  assign beats = header_o.payload_beats | thrown_beats;
  assign last = moving_q ? left_q == 8'd1 : beats <= 8'd1;
  assign done = verdict_valid && last;
  assign payload_pop_o = verdict_valid && (moving_q || beats != 8'd0);
  assign header_push_o = verdict_valid && !moving_q ? to_queue : '0;
  assign payload_push_o = payload_pop_o && thrown_beats == 8'd0 ? to_queue : '0;
  assign taken_o = done;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      moving_q <= 1'b0;
      left_q   <= 8'd0;
    end else if (verdict_valid) begin
      moving_q <= !last;
      left_q   <= (moving_q ? left_q : beats) - 8'd1;
    end
  end

  // Packets that wait here for a queue; dropped ones have been counted and are none any more.
  packet_plane_pkg::held_t held_q;
  logic came_q, went_q;
  always_ff @(posedge clk_i) begin
    came_q <= !rst_i && verdict_push_i && to_queue_i != '0;
    went_q <= !rst_i && header_push_o != '0;
    if (rst_i) held_q <= '0;
    else held_q <= held_q + 12'(came_q) - 12'(went_q);
    held_o <= held_q;
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (!rst_i) begin
      verdicts_room : assert (!verdict_push_i || !verdicts_full)
      else $error("more verdicts than ingress may let in");
      payload_present : assert (!payload_pop_o || payload_valid_i)
      else $error("payload of a packet is missing");
      one_queue : assert ($onehot0(header_push_o))
      else $error("a packet goes to two queues");
    end
  end
`endif
endmodule
