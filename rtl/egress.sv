// Sends a port's frames: queues, round robin by packet, splicer, and the stream to the MAC.
//
// Input: header records and payload beats from each port's dispatch, pushed without a check (the
// admission has taken the room; header_freed_o and payload_freed_o return it), and frames from the
// host (sluice_pkg::inject_beat_t), which leave as they are.
// Output: AXI-Stream. tvalid and data come from registers and keep until tready. If the MAC keeps
// tready high, tvalid does not fall inside a frame, and frames follow each other without a bubble
// (but for two frames from the host: one idle cycle).
// Latency: nine cycles from a header's push into an idle port to tvalid.
// Counts: tx_valid_o when the MAC takes a frame's last beat.
module egress (
    input logic clk_i,
    input logic rst_i,

    // From the dispatch of port p: bit or slice p.
    input logic [sluice_pkg::PORTS-1:0] header_push_i,
    input logic [sluice_pkg::PORTS*packet_plane_pkg::HEADER_RECORD_BITS-1:0] header_i,
    input logic [sluice_pkg::PORTS-1:0] payload_push_i,
    input logic [sluice_pkg::PORTS*sluice_pkg::BEAT_BITS-1:0] payload_i,
    output logic [sluice_pkg::PORTS-1:0] header_freed_o,
    output logic [sluice_pkg::PORTS-1:0] payload_freed_o,

    input logic inject_valid_i,
    output logic inject_ready_o,
    input sluice_pkg::beat_t inject_data_i,
    input logic [13:0] inject_frame_bytes_i,
    input logic inject_last_i,

    output logic              tx_tvalid_o,
    input  logic              tx_tready_i,
    output sluice_pkg::beat_t tx_tdata_o,
    output logic [63:0]       tx_tkeep_o,
    output logic              tx_tlast_o,

    output logic tx_valid_o,
    output sluice_pkg::frame_bytes_t tx_bytes_o,
    output packet_plane_pkg::held_t held_o  // two cycles ago
);
  localparam int unsigned RECORD = packet_plane_pkg::HEADER_RECORD_BITS;
  localparam int unsigned OUT_BEATS = packet_plane_pkg::EGRESS_OUT_BEATS;
  localparam int unsigned OUT_BITS = 1 + 14 + 64 + 512;
  // Sources: 0 and 1 the queues, 2 the host.
  localparam logic [1:0] INJECT = 2'd2;

  // Queues.
  logic [1:0] head_valid, head_pop, payload_pop;
  logic [2*RECORD-1:0] heads;
  logic [2*512-1:0] payloads;
  logic [2*12-1:0] queues_held;

  for (genvar p = 0; p < 2; p++) begin : gen_queue
    frame_queue u_queue (
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

  // Who is next: round robin from the source after the last one. While a frame from the host is on
  // its way, the beat that shows is still its own.
  logic busy_q, load, ask_inject;
  logic [1:0] source_q, next;

  assign ask_inject = inject_valid_i && !(busy_q && source_q == INJECT);
  always_comb begin
    unique case (source_q)
      2'd0: next = head_valid[1] ? 2'd1 : ask_inject ? INJECT : 2'd0;
      2'd1: next = ask_inject ? INJECT : head_valid[0] ? 2'd0 : 2'd1;
      default: next = head_valid[0] ? 2'd0 : head_valid[1] ? 2'd1 : INJECT;
    endcase
  end

  // The frame on its way.
  packet_plane_pkg::header_record_t head;
  logic [RECORD-1:0] head_bits;
  logic [7:0] inject_beats;
  logic [sluice_pkg::HEADER_BITS-1:0] header_q;
  logic [1:0] whole_headers_q;  // header beats before the join
  logic [5:0] shift_q;
  logic [7:0] payload_left_q, beats_left_q;
  logic [13:0] frame_bytes_q;
  logic joined_q;
  logic issue, last, whole_header, take_payload;

  // A frame from the host is all payload.
  assign inject_beats = inject_frame_bytes_i[13:6] + 8'(inject_frame_bytes_i[5:0] != 6'd0);
  assign head_bits = next[0] ? heads[RECORD+:RECORD] : heads[0+:RECORD];
  assign head = head_bits;

  assign last = beats_left_q == 8'd1;
  assign whole_header = whole_headers_q != 2'd0;
  assign take_payload = issue && !whole_header && payload_left_q != 8'd0;
  assign load = (!busy_q || (issue && last)) && (|head_valid || ask_inject);
  assign head_pop = {load && next == 2'd1, load && next == 2'd0};
  assign payload_pop = {take_payload && source_q == 2'd1, take_payload && source_q == 2'd0};
  assign inject_ready_o = take_payload && source_q == INJECT;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      busy_q   <= 1'b0;
      source_q <= INJECT;
    end else if (load) begin
      busy_q   <= 1'b1;
      source_q <= next;
    end else if (issue && last) begin
      busy_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (load) begin
      header_q <= head.header;
      whole_headers_q <= next == INJECT ? 2'd0 : head.header_bytes[7:6];
      shift_q <= next == INJECT ? 6'd0 : head.header_bytes[5:0];
      payload_left_q <= next == INJECT ? inject_beats : head.payload_beats;
      beats_left_q <= next == INJECT ? inject_beats : head.beats;
      frame_bytes_q <= next == INJECT ? inject_frame_bytes_i : head.frame_bytes;
      joined_q <= 1'b0;
    end else if (issue) begin
      if (whole_header) header_q <= {512'd0, header_q[sluice_pkg::HEADER_BITS-1:512]};
      if (whole_header) whole_headers_q <= whole_headers_q - 2'd1;
      else joined_q <= 1'b1;
      if (take_payload) payload_left_q <= payload_left_q - 8'd1;
      beats_left_q <= beats_left_q - 8'd1;
    end
  end

  // Beats go on only when the output FIFO is sure to take them.
  logic [$clog2(OUT_BEATS):0] room_q;
  logic out_pop;
  assign issue = busy_q && room_q != '0;
  always_ff @(posedge clk_i) begin
    if (rst_i) room_q <= ($clog2(OUT_BEATS) + 1)'(OUT_BEATS);
    else if (issue && !out_pop) room_q <= room_q - 1'b1;
    else if (!issue && out_pop) room_q <= room_q + 1'b1;
  end

  logic spliced_valid, spliced_last;
  logic [13:0] spliced_frame_bytes;
  logic [63:0] spliced_keep;
  sluice_pkg::beat_t spliced_data, payload;

  assign payload = source_q == INJECT ? inject_data_i :
                   source_q[0] ? payloads[512+:512] : payloads[0+:512];
  splicer u_splicer (
      .clk_i,
      .rst_i,
      .valid_i(issue),
      .whole_header_i(whole_header),
      .join_i(!joined_q),
      .last_i(last),
      .shift_i(shift_q),
      .frame_bytes_i(frame_bytes_q),
      .header_i(header_q[511:0]),
      .payload_i(payload),
      .valid_o(spliced_valid),
      .data_o(spliced_data),
      .keep_o(spliced_keep),
      .last_o(spliced_last),
      .frame_bytes_o(spliced_frame_bytes)
  );

  logic out_full;
  logic [13:0] out_frame_bytes;
  logic [$clog2(OUT_BEATS)+1:0] unused_out_held;
  fifo #(
      .WIDTH(OUT_BITS),
      .DEPTH(OUT_BEATS)
  ) u_out (
      .clk_i,
      .rst_i,
      .push_i(spliced_valid),
      .data_i({spliced_last, spliced_frame_bytes, spliced_keep, spliced_data}),
      .commit_i(1'b1),
      .rollback_i(1'b0),
      .full_o(out_full),
      .valid_o(tx_tvalid_o),
      .data_o({tx_tlast_o, out_frame_bytes, tx_tkeep_o, tx_tdata_o}),
      .pop_i(out_pop),
      .held_o(unused_out_held)
  );
  assign out_pop = tx_tvalid_o && tx_tready_i;

  // Events. A frame from the host is the control plane's until its last beat is taken.
  logic [5:0] sending1_q, sending_q;  // at most one in the splicer or the output FIFO a beat
  logic sent;
  assign sent = out_pop && tx_tlast_o;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      sending_q <= '0;
      tx_valid_o <= 1'b0;
    end else begin
      sending_q <= sending_q + 6'(|head_pop) + 6'(inject_ready_o && inject_last_i) - 6'(sent);
      tx_valid_o <= sent;
    end
    if (sent) tx_bytes_o <= 16'(out_frame_bytes);
  end
  always_ff @(posedge clk_i) begin
    sending1_q <= sending_q;
    held_o <= queues_held[0+:12] + queues_held[12+:12] + 12'(sending1_q);
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (!rst_i) begin
      out_room : assert (!spliced_valid || !out_full)
      else $error("the output FIFO overflows");
      inject_in_time : assert (!inject_ready_o || inject_valid_i)
      else $error("a frame from the host has a gap");
      inject_length : assert (!inject_ready_o || inject_last_i == last)
      else $error("the length of a frame from the host is not its number of beats");
      frame_has_beats : assert (!busy_q || beats_left_q != 8'd0)
      else $error("a frame without an end");
    end
  end
`endif
endmodule
