// Whole frames from one clock to another.
//
// A frame is read when all of it is there, so it leaves without a gap, whatever the clocks. A frame
// for which there is no room waits until the reader has taken nothing for PATIENCE cycles and is
// then dropped, as a whole, and so is each next one that finds no room, at once, until the reader
// takes something: PATIENCE = 0 is for a MAC that never waits (s_tready_o is always high), a large
// one for a MAC whose link is down. dropped_o is one cycle of wr_clk_i a frame.
// DEPTH beats; a frame of more is dropped too, after PATIENCE cycles.
//
// m_bytes_o is the length of the frame in all of its beats. tuser goes through as it is.
// rst_i belongs to no clock and empties the FIFO; a frame whose begin it cut is not sent on.
// s_rst_i (wr_clk_i) says that the sender begins anew, with a new frame.
module frame_cross #(
    parameter int unsigned USER_BITS = 1,
    parameter int unsigned DEPTH = 256,  // power of two
    parameter int unsigned PATIENCE = 0
) (
    input logic rst_i,

    input  logic                 wr_clk_i,
    input  logic                 s_rst_i,
    input  logic                 s_tvalid_i,
    output logic                 s_tready_o,
    input  logic [        511:0] s_tdata_i,
    input  logic [         63:0] s_tkeep_i,
    input  logic                 s_tlast_i,
    input  logic [USER_BITS-1:0] s_tuser_i,
    output logic                 dropped_o,
    output logic                 full_o,

    input  logic                 rd_clk_i,
    output logic                 m_tvalid_o,
    input  logic                 m_tready_i,
    output logic [        511:0] m_tdata_o,
    output logic [         63:0] m_tkeep_o,
    output logic                 m_tlast_o,
    output logic [USER_BITS-1:0] m_tuser_o,
    output logic [         15:0] m_bytes_o
);
  localparam int unsigned ADDR = $clog2(DEPTH);
  localparam int unsigned WIDTH = 512 + 64 + USER_BITS;

  logic wr_rst, rd_rst;
  reset_sync u_wr_rst (
      .clk_i(wr_clk_i),
      .async_rst_i(rst_i),
      .rst_o(wr_rst)
  );
  reset_sync u_rd_rst (
      .clk_i(rd_clk_i),
      .async_rst_i(rst_i),
      .rst_o(rd_rst)
  );

  (* ram_style = "block" *)logic [WIDTH-1:0] memory[DEPTH];
  logic lasts[DEPTH];
  logic [15:0] lengths[DEPTH];  // of frames, by their number

  // Write
  logic [ADDR:0] write_q, begin_q, frames_q;  // next beat; the frame's first one; whole frames
  logic [ADDR:0] read_q, read_there;  // next beat to read
  logic [9:0] beats_q;  // of the frame, before this one
  logic full, impatient, take, drop, store;
  logic inside_q;  // a beat was taken, but not yet the last one of its frame
  logic swallow_q;  // the rest of the frame is thrown away

  assign full = write_q == {~read_there[ADDR], read_there[ADDR-1:0]};
  assign full_o = full;
  assign s_tready_o = PATIENCE == 0 || (!wr_rst && (!full || impatient || swallow_q));
  assign take = s_tvalid_i && s_tready_o && !s_rst_i;
  assign drop = take && full && !swallow_q;
  assign store = take && !full && !swallow_q;

  generate
    if (PATIENCE == 0) begin : g_never_waits
      assign impatient = 1'b1;
    end else begin : g_waits
      // The reader's steps end the wait, and nothing else does that a dead one can bring about: the
      // roll-back of a dropped frame makes room too. An empty FIFO waits for nobody.
      logic [$clog2(PATIENCE+1)-1:0] waited_q;
      logic [ADDR:0] read_seen_q;
      assign impatient = waited_q == ($clog2(PATIENCE + 1))'(PATIENCE);
      always_ff @(posedge wr_clk_i) begin
        read_seen_q <= read_there;
        if (wr_rst || read_there != read_seen_q || write_q == read_there) waited_q <= '0;
        else if (full && s_tvalid_i && !impatient) waited_q <= waited_q + 1'b1;
      end
    end
  endgenerate

  initial inside_q = 1'b0;
  always_ff @(posedge wr_clk_i) begin
    if (s_rst_i) inside_q <= 1'b0;
    else if (take) inside_q <= !s_tlast_i;
  end

  always_ff @(posedge wr_clk_i) begin
    if (store) memory[write_q[ADDR-1:0]] <= {s_tuser_i, s_tkeep_i, s_tdata_i};
    if (store) lasts[write_q[ADDR-1:0]] <= s_tlast_i;
    if (wr_rst) begin
      write_q <= '0;
      begin_q <= '0;
      beats_q <= 10'd0;
      swallow_q <= !s_rst_i && (take ? !s_tlast_i : inside_q);
      dropped_o <= 1'b0;
    end else begin
      if (drop) write_q <= begin_q;
      else if (store) write_q <= write_q + 1'b1;
      if (store && s_tlast_i) begin_q <= write_q + 1'b1;
      if (take) beats_q <= s_tlast_i ? 10'd0 : beats_q + 10'd1;
      if (s_rst_i) swallow_q <= 1'b0;
      else if (take && s_tlast_i) swallow_q <= 1'b0;
      else if (drop) swallow_q <= 1'b1;
      dropped_o <= drop;
    end
    if (s_rst_i) begin
      beats_q <= 10'd0;
      write_q <= wr_rst ? '0 : begin_q;
    end
  end

  // A frame's length is known three cycles after its last beat; then the reader may know of it.
  // tkeep is ones from bit 0: the number of its last one, first in eights, then within eight.
  logic [2:0] ended_q;
  logic [9:0] beats_1_q, beats_2_q;
  logic [63:0] keep_1_q;
  logic [7:0] group_2_q;
  logic [3:0] eights, eights_2_q, ones;
  logic [15:0] length_3_q;
  always_comb begin
    eights = 4'd0;
    for (int i = 0; i < 8; i++) if (keep_1_q[8*i+7]) eights = 4'(i + 1);
    ones = 4'd0;
    for (int i = 0; i < 8; i++) if (group_2_q[i]) ones = 4'(i + 1);
  end
  always_ff @(posedge wr_clk_i) begin
    beats_1_q <= beats_q;
    keep_1_q <= s_tkeep_i;
    beats_2_q <= beats_1_q;
    eights_2_q <= eights;
    group_2_q <= eights[3] ? 8'd0 : keep_1_q[8*eights[2:0]+:8];
    // 64 a beat, 8 a full group; a whole last beat is eight groups.
    length_3_q <= {beats_2_q, 6'd0} + {9'd0, eights_2_q, 3'd0} + {12'd0, ones};
    if (ended_q[2]) lengths[frames_q[ADDR-1:0]] <= length_3_q;
    if (wr_rst) begin
      ended_q  <= 3'd0;
      frames_q <= '0;
    end else begin
      ended_q <= {ended_q[1:0], store && s_tlast_i};
      if (ended_q[2]) frames_q <= frames_q + 1'b1;
    end
  end

  // Read
  logic [ADDR:0] frames_there, frames_read_q;
  logic fetch, last;
  assign last = lasts[read_q[ADDR-1:0]];
  assign fetch = frames_there != frames_read_q && (!m_tvalid_o || m_tready_i);
  always_ff @(posedge rd_clk_i) begin
    if (fetch) begin
      {m_tuser_o, m_tkeep_o, m_tdata_o} <= memory[read_q[ADDR-1:0]];
      m_bytes_o <= lengths[frames_read_q[ADDR-1:0]];
      m_tlast_o <= last;
    end
    if (rd_rst) begin
      read_q <= '0;
      frames_read_q <= '0;
      m_tvalid_o <= 1'b0;
    end else begin
      if (fetch) read_q <= read_q + 1'b1;
      if (fetch && last) frames_read_q <= frames_read_q + 1'b1;
      if (fetch) m_tvalid_o <= 1'b1;
      else if (m_tready_i) m_tvalid_o <= 1'b0;
    end
  end

  // The count of frames, not of beats, goes to the reader: roll-backs stay on this side.
  gray_cross #(
      .WIDTH(ADDR + 1)
  ) u_frames_there (
      .from_clk_i(wr_clk_i),
      .from_rst_i(wr_rst),
      .value_i(frames_q),
      .to_clk_i(rd_clk_i),
      .to_rst_i(rd_rst),
      .value_o(frames_there)
  );
  gray_cross #(
      .WIDTH(ADDR + 1)
  ) u_read_there (
      .from_clk_i(rd_clk_i),
      .from_rst_i(rd_rst),
      .value_i(read_q),
      .to_clk_i(wr_clk_i),
      .to_rst_i(wr_rst),
      .value_o(read_there)
  );
endmodule
