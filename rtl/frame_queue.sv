// Frames that wait for their turn: how each begins, and its payload beats.
//
// Pushed without a check: the admission has taken the room, header_freed_o and payload_freed_o give
// it back. head_o shows the oldest frame's record. Payload is popped in the order of the frames, by
// whoever took the head and knows how many beats it has.
// Latency: two cycles from a push to head_valid_o, one from a pop to freed.
module frame_queue #(
    parameter int unsigned RECORD_BITS = packet_plane_pkg::HEADER_RECORD_BITS,
    parameter int unsigned HEADERS = packet_plane_pkg::EGRESS_HEADERS,
    parameter int unsigned PAYLOAD_BEATS = packet_plane_pkg::EGRESS_PAYLOAD_BEATS
) (
    input logic clk_i,
    input logic rst_i,

    input  logic                   header_push_i,
    input  logic [RECORD_BITS-1:0] header_i,
    input  logic                   payload_push_i,
    input  sluice_pkg::beat_t      payload_i,
    output logic                   header_freed_o,
    output logic                   payload_freed_o,

    output logic                   head_valid_o,
    output logic [RECORD_BITS-1:0] head_o,
    input  logic                   head_pop_i,
    output sluice_pkg::beat_t      payload_o,
    input  logic                   payload_pop_i,

    output packet_plane_pkg::held_t held_o  // frames whose head was not popped, a cycle ago
);
  // That nothing overflows and no beat is late, the FIFOs' assertions check.
  logic unused_header_full, unused_payload_full, unused_payload_valid;
  logic [$clog2(HEADERS)+1:0] headers_held;
  logic [$clog2(PAYLOAD_BEATS)+1:0] unused_payload_held;

  fifo #(
      .WIDTH(RECORD_BITS),
      .DEPTH(HEADERS)
  ) u_headers (
      .clk_i,
      .rst_i,
      .push_i(header_push_i),
      .data_i(header_i),
      .commit_i(1'b1),
      .rollback_i(1'b0),
      .full_o(unused_header_full),
      .valid_o(head_valid_o),
      .data_o(head_o),
      .pop_i(head_pop_i),
      .held_o(headers_held)
  );
  fifo #(
      .WIDTH(sluice_pkg::BEAT_BITS),
      .DEPTH(PAYLOAD_BEATS)
  ) u_payload (
      .clk_i,
      .rst_i,
      .push_i(payload_push_i),
      .data_i(payload_i),
      .commit_i(1'b1),
      .rollback_i(1'b0),
      .full_o(unused_payload_full),
      .valid_o(unused_payload_valid),
      .data_o(payload_o),
      .pop_i(payload_pop_i),
      .held_o(unused_payload_held)
  );
  assign held_o = 12'(headers_held);

  always_ff @(posedge clk_i) begin
    header_freed_o  <= head_pop_i && !rst_i;
    payload_freed_o <= payload_pop_i && !rst_i;
  end
endmodule
