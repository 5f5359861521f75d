// Joins a frame's new header and its payload into dense beats.
//
// One beat in and one out a cycle, never stalls; every beat in makes one beat out.
// With header length H = 64 * h + shift, a frame is given as
//   h beats of header:     whole_header_i, header_i
//   one beat that joins:   join_i, header_i whose low `shift` bytes count, payload_i
//   the rest:              payload_i, as long as there is some
// and comes out as ceil((H + payload) / 64) beats: after the join each beat consists of the bytes
// of the payload beat before that found no room, and of the new one's first bytes. The last beat
// may need no new payload; payload_i is then ignored, as whatever lies beyond frame_bytes_i.
// shift_i and frame_bytes_i hold for the frame, last_i marks its last beat.
// Output: bytes beyond the frame's end are zero. Latency: four cycles.
module splicer (
    input logic clk_i,
    input logic rst_i,

    input logic              valid_i,
    input logic              whole_header_i,
    input logic              join_i,
    input logic              last_i,
    input logic [5:0]        shift_i,
    input logic [13:0]       frame_bytes_i,
    input sluice_pkg::beat_t header_i,
    input sluice_pkg::beat_t payload_i,

    output logic              valid_o,
    output sluice_pkg::beat_t data_o,
    output logic [63:0]       keep_o,
    output logic              last_o,
    output logic [13:0]       frame_bytes_o
);
  typedef struct packed {
    logic whole_header;
    logic join_beat;
    logic last;
    logic [5:0] shift;
    logic [13:0] frame_bytes;
  } control_t;

  // Stage 1: as given. Stage 2: payload rotated up by 0, 8, .. 56 bytes. Stage 3: by 0 .. 7 more.
  logic valid1_q, valid2_q, valid3_q;
  control_t control1_q, control2_q, control3_q;
  sluice_pkg::beat_t header1_q, header2_q, header3_q;
  sluice_pkg::beat_t payload1_q, payload2_q, payload3_q;

  sluice_pkg::beat_t by32, by16, by8, by4, by2, by1;
  assign by32 = control1_q.shift[5] ? {payload1_q[255:0], payload1_q[511:256]} : payload1_q;
  assign by16 = control1_q.shift[4] ? {by32[383:0], by32[511:384]} : by32;
  assign by8 = control1_q.shift[3] ? {by16[447:0], by16[511:448]} : by16;
  assign by4 = control2_q.shift[2] ? {payload2_q[479:0], payload2_q[511:480]} : payload2_q;
  assign by2 = control2_q.shift[1] ? {by4[495:0], by4[511:496]} : by4;
  assign by1 = control2_q.shift[0] ? {by2[503:0], by2[511:504]} : by2;

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      control1_q.whole_header <= whole_header_i;
      control1_q.join_beat <= join_i;
      control1_q.last <= last_i;
      control1_q.shift <= shift_i;
      control1_q.frame_bytes <= frame_bytes_i;
      header1_q <= header_i;
      payload1_q <= payload_i;
    end
    if (valid1_q) begin
      control2_q <= control1_q;
      header2_q <= header1_q;
      payload2_q <= by8;
    end
    if (valid2_q) begin
      control3_q <= control2_q;
      header3_q <= header2_q;
      payload3_q <= by1;
    end
  end

  // Stage 4: the join. carry_q holds the last rotated beat; its low bytes are what found no room.
  sluice_pkg::beat_t carry_q, low, low_mask, keep_mask;
  logic [5:0] last_bytes;  // of the last beat, 0: all 64
  logic [63:0] keep;

  assign last_bytes = control3_q.frame_bytes[5:0];
  assign low = control3_q.whole_header || control3_q.join_beat ? header3_q : carry_q;
  assign low_mask = control3_q.whole_header ? '1 : ~({512{1'b1}} << {control3_q.shift, 3'd0});
  assign keep_mask =
      control3_q.last && last_bytes != 6'd0 ? ~({512{1'b1}} << {last_bytes, 3'd0}) : '1;
  assign keep = control3_q.last && last_bytes != 6'd0 ? ~({64{1'b1}} << last_bytes) : '1;

  always_ff @(posedge clk_i) begin
    if (valid3_q) begin
      if (!control3_q.whole_header) carry_q <= payload3_q;
      data_o <= ((low & low_mask) | (payload3_q & ~low_mask)) & keep_mask;
      keep_o <= keep;
      last_o <= control3_q.last;
      frame_bytes_o <= control3_q.frame_bytes;
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) {valid1_q, valid2_q, valid3_q, valid_o} <= 4'd0;
    else {valid1_q, valid2_q, valid3_q, valid_o} <= {valid_i, valid1_q, valid2_q, valid3_q};
  end
endmodule
