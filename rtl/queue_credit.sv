// Counts the free room of one queue behind the admission.
//
// A packet asks with want_i and its payload beats; taken_o says in the same cycle whether header and
// payload fit whole, and if so their room is gone. header_freed_i and payload_freed_i give one item
// of room back each; it counts from the next cycle on.
module queue_credit #(
    parameter int unsigned PAYLOAD_BEATS = packet_plane_pkg::EGRESS_PAYLOAD_BEATS,
    parameter int unsigned HEADERS = packet_plane_pkg::EGRESS_HEADERS
) (
    input logic clk_i,
    input logic rst_i,

    input  logic       want_i,
    input  logic [7:0] payload_beats_i,
    output logic       taken_o,

    input logic header_freed_i,
    input logic payload_freed_i
);
  localparam int unsigned BEAT_COUNT = $clog2(PAYLOAD_BEATS) + 1;
  localparam int unsigned HEADER_COUNT = $clog2(HEADERS) + 1;

  logic [BEAT_COUNT-1:0] beats_q, beats_d;
  logic [HEADER_COUNT-1:0] headers_q, headers_d;
  // One bit more than the count: set when the packet does not fit.
  logic [BEAT_COUNT:0] left;
  logic [BEAT_COUNT-1:0] left_and_freed;

  assign left = {1'b0, beats_q} - (BEAT_COUNT + 1)'(payload_beats_i);
  assign left_and_freed = beats_q - BEAT_COUNT'(payload_beats_i) + 1'b1;
  assign taken_o = want_i && !left[BEAT_COUNT] && headers_q != '0;

  // All sums in parallel, the choice last: the decision comes late.
  always_comb begin
    beats_d = beats_q;
    if (taken_o) beats_d = payload_freed_i ? left_and_freed : left[BEAT_COUNT-1:0];
    else if (payload_freed_i) beats_d = beats_q + 1'b1;
    headers_d = headers_q;
    if (taken_o && !header_freed_i) headers_d = headers_q - 1'b1;
    else if (!taken_o && header_freed_i) headers_d = headers_q + 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      beats_q   <= BEAT_COUNT'(PAYLOAD_BEATS);
      headers_q <= HEADER_COUNT'(HEADERS);
    end else begin
      beats_q   <= beats_d;
      headers_q <= headers_d;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (!rst_i) begin
      beats_bound : assert (beats_q <= BEAT_COUNT'(PAYLOAD_BEATS))
      else $error("more payload beats freed than taken");
      headers_bound : assert (headers_q <= HEADER_COUNT'(HEADERS))
      else $error("more headers freed than taken");
    end
  end
`endif
endmodule
