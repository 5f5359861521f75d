// Receives a port's frames, cuts off the 128-byte header window and stores the payload.
//
// Input: AXI-Stream without tready, a beat a cycle. tuser at tlast is the MAC's error. A frame whose
// tkeep is not full before its last beat, or not 1 to 64 ones from bit 0 in its last beat, counts as
// a frame with an error; its length is then a guess.
// Output: window records, valid/ready, and payload beats, taken by pop when their record's verdict
// is out. verdict_taken_i returns the room of a packet that left the dispatch.
// Latency: a record shows three cycles after the cycle of the frame's last beat.
// What is left of a frame that a reset cut counts as a frame with an error: its bytes are no header.
// Counts, one event a frame, two cycles after its last beat: rx_valid_o for every frame; a reason
// for one that is dropped whole: rx_error, else oversize (more than 9,216 bytes; a frame without an
// end waits for it without harm), else ingress_full (no room for payload, record or verdict).
module ingress #(
    parameter int unsigned PAYLOAD_BEATS = packet_plane_pkg::INGRESS_PAYLOAD_BEATS,
    parameter int unsigned WINDOWS = packet_plane_pkg::INGRESS_WINDOWS,
    parameter int unsigned VERDICTS = packet_plane_pkg::VERDICTS  // power of two
) (
    input logic clk_i,
    input logic rst_i,

    input logic              rx_tvalid_i,
    input sluice_pkg::beat_t rx_tdata_i,
    input logic [63:0]       rx_tkeep_i,
    input logic              rx_tlast_i,
    input logic              rx_tuser_i,

    output logic                             window_valid_o,
    input  logic                             window_ready_i,
    output packet_plane_pkg::window_record_t window_o,

    output logic              payload_valid_o,
    input  logic              payload_pop_i,
    output sluice_pkg::beat_t payload_o,
    input  logic              verdict_taken_i,

    output logic                      rx_valid_o,
    output sluice_pkg::frame_bytes_t  rx_bytes_o,
    output sluice_pkg::reason_event_t reason_event_o,

    output packet_plane_pkg::held_t held_o,      // windows that wait, two cycles ago
    output logic                      receiving_o  // a frame has begun and not ended
);
  // Beats of the longest frame; the test for oversize relies on whole beats.
  localparam int unsigned MAX_BEATS = sluice_layout_pkg::MAX_FRAME_BYTES / 64;
  // Where the count of beats stops, so that the length fits frame_bytes_t.
  localparam logic [9:0] BEATS_LIMIT = 10'd1022;
  // Bits that are the same in all lengths of 2^k to 2^(k+1)-1 ones: the length of n ones from bit 0
  // has bit k set when an odd number of the keep bits (m * 2^k - 1) is.
  localparam logic [63:0] LENGTH_TAPS0 = 64'hffff_ffff_ffff_ffff;
  localparam logic [63:0] LENGTH_TAPS1 = 64'haaaa_aaaa_aaaa_aaaa;
  localparam logic [63:0] LENGTH_TAPS2 = 64'h8888_8888_8888_8888;
  localparam logic [63:0] LENGTH_TAPS3 = 64'h8080_8080_8080_8080;
  localparam logic [63:0] LENGTH_TAPS4 = 64'h8000_8000_8000_8000;
  localparam logic [63:0] LENGTH_TAPS5 = 64'h8000_0000_8000_0000;

  // Stage 1: the beat, with zeros beyond the frame's end, its length and its faults.
  logic valid_q, last_q, error_q;
  logic [6:0] beat_bytes_q;
  sluice_pkg::beat_t data_q, masked;
  logic hole, partial;

  assign hole = |(rx_tkeep_i[63:1] & ~rx_tkeep_i[62:0]) || !rx_tkeep_i[0];
  assign partial = !rx_tlast_i && !rx_tkeep_i[63];

  always_comb begin
    masked = rx_tdata_i;
    if (rx_tlast_i) begin
      for (int unsigned i = 0; i < 64; i++) if (!rx_tkeep_i[i]) masked[8*i+:8] = 8'd0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (rx_tvalid_i) begin
      data_q <= masked;
      last_q <= rx_tlast_i;
      error_q <= hole || partial || (rx_tlast_i && rx_tuser_i);
      beat_bytes_q <= {
        rx_tkeep_i[63],
        ^(rx_tkeep_i & LENGTH_TAPS5),
        ^(rx_tkeep_i & LENGTH_TAPS4),
        ^(rx_tkeep_i & LENGTH_TAPS3),
        ^(rx_tkeep_i & LENGTH_TAPS2),
        ^(rx_tkeep_i & LENGTH_TAPS1),
        ^(rx_tkeep_i & LENGTH_TAPS0)
      };
    end
    valid_q <= rx_tvalid_i && !rst_i;
  end

  // A frame has begun on the wire and not ended, whether in reset or not.
  logic cut, cut_q;
  assign cut = rx_tvalid_i ? !rx_tlast_i : cut_q;
  initial cut_q = 1'b0;
  always_ff @(posedge clk_i) cut_q <= cut;

  // Stage 2: where in its frame the beat is, and at the last one what becomes of the frame.
  logic [9:0] beats_q;  // of this frame before this beat
  logic broken_q, lost_q;  // an earlier beat of this frame had a fault, found no room
  sluice_pkg::beat_t first_q, second_q;
  logic broken, lost, oversize, room, accept;
  logic is_payload, payload_full, windows_full;
  logic [$clog2(VERDICTS):0] verdicts_q;  // packets of this port before and in the dispatch
  sluice_pkg::frame_bytes_t bytes;
  packet_plane_pkg::window_record_t record;

  assign is_payload = beats_q >= 10'd2;
  assign oversize = beats_q >= 10'(MAX_BEATS);
  assign broken = broken_q || error_q;
  assign lost = lost_q || (is_payload && payload_full);
  assign room = !windows_full && !verdicts_q[$clog2(VERDICTS)];
  assign accept = valid_q && last_q && !broken && !oversize && !lost && room;
  assign bytes = {beats_q, 6'd0} + 16'(beat_bytes_q);

  always_comb begin
    record.frame_bytes = bytes[13:0];
    record.payload_beats = is_payload ? beats_q[7:0] - 8'd1 : 8'd0;
    record.window[511:0] = beats_q == 10'd0 ? data_q : first_q;
    record.window[1023:512] = 512'd0;
    if (is_payload) record.window[1023:512] = second_q;
    else if (beats_q == 10'd1) record.window[1023:512] = data_q;
  end

  always_ff @(posedge clk_i) begin
    if (valid_q && beats_q == 10'd0) first_q <= data_q;
    if (valid_q && beats_q == 10'd1) second_q <= data_q;
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      beats_q <= '0;
      broken_q <= cut;
      lost_q <= 1'b0;
    end else if (valid_q) begin
      if (last_q) beats_q <= '0;
      else if (beats_q != BEATS_LIMIT) beats_q <= beats_q + 10'd1;
      broken_q <= broken && !last_q;
      lost_q <= lost && !last_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) verdicts_q <= '0;
    else if (accept && !verdict_taken_i) verdicts_q <= verdicts_q + 1'b1;
    else if (!accept && verdict_taken_i) verdicts_q <= verdicts_q - 1'b1;
  end

  logic [$clog2(PAYLOAD_BEATS)+1:0] unused_payload_held;
  fifo #(
      .WIDTH(512),
      .DEPTH(PAYLOAD_BEATS)
  ) u_payload (
      .clk_i,
      .rst_i,
      .push_i(valid_q && is_payload && !oversize && !lost),
      .data_i(data_q),
      .commit_i(accept),
      .rollback_i(valid_q && last_q && !accept),
      .full_o(payload_full),
      .valid_o(payload_valid_o),
      .data_o(payload_o),
      .pop_i(payload_pop_i),
      .held_o(unused_payload_held)
  );

  logic [$clog2(WINDOWS)+1:0] windows_held;
  fifo #(
      .WIDTH(packet_plane_pkg::WINDOW_RECORD_BITS),
      .DEPTH(WINDOWS)
  ) u_windows (
      .clk_i,
      .rst_i,
      .push_i(accept),
      .data_i(record),
      .commit_i(1'b1),
      .rollback_i(1'b0),
      .full_o(windows_full),
      .valid_o(window_valid_o),
      .data_o(window_o),
      .pop_i(window_valid_o && window_ready_i),
      .held_o(windows_held)
  );
  always_ff @(posedge clk_i) held_o <= 12'(windows_held);

  always_ff @(posedge clk_i) begin
    receiving_o <= !rst_i && (valid_q ? !last_q : receiving_o);
    rx_valid_o <= !rst_i && valid_q && last_q;
    reason_event_o.valid <= !rst_i && valid_q && last_q && !accept;
    if (valid_q && last_q) begin
      rx_bytes_o <= bytes;
      reason_event_o.reason <= sluice_layout_pkg::REASON_INGRESS_FULL;
      if (broken) reason_event_o.reason <= sluice_layout_pkg::REASON_RX_ERROR;
      else if (oversize) reason_event_o.reason <= sluice_layout_pkg::REASON_OVERSIZE;
    end
  end

`ifndef SYNTHESIS
  initial begin
    if (sluice_layout_pkg::MAX_FRAME_BYTES % 64 != 0) $fatal(1, "longest frame: whole beats");
  end
  always_ff @(posedge clk_i) begin
    if (!rst_i) begin
      payload_follows_record : assert (!payload_pop_i || payload_valid_o)
      else $error("payload taken that is not there");
      verdicts_balance : assert (!verdict_taken_i || verdicts_q != 0)
      else $error("more verdicts than packets");
    end
  end
`endif
endmodule
