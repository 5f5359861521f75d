// A port's frames from the card to its MAC: whole, without a gap, and never in the way.
//
// A MAC that takes nothing for PATIENCE cycles of clk_i in which a frame waits for room has a dead
// link: from then on a frame that finds no room is thrown away and counted, at the rate of the
// wire, until the MAC takes a beat again. PATIENCE is longer than the longest pause that a flow
// control frame can ask for, 336 us at 100G. Latency: the frame's length and about 9 cycles.
// The card's stream obeys tready; m_bytes_o is the frame's length in each of its beats.
module tx_to_mac #(
    parameter int unsigned PATIENCE = 131072
) (
    input  logic         clk_i,
    input  logic         card_rst_i,  // synchronous to clk_i
    input  logic         async_rst_i,  // of card or MAC
    input  logic         s_tvalid_i,
    output logic         s_tready_o,
    input  logic [511:0] s_tdata_i,
    input  logic [ 63:0] s_tkeep_i,
    input  logic         s_tlast_i,

    output logic        full_o,
    output logic [31:0] lost_o,

    input  logic         mac_clk_i,
    output logic         m_tvalid_o,
    input  logic         m_tready_i,
    output logic [511:0] m_tdata_o,
    output logic [ 63:0] m_tkeep_o,
    output logic         m_tlast_o,
    output logic [ 15:0] m_bytes_o
);
  logic dropped, unused_user;
  frame_cross #(
      .USER_BITS(1),
      .DEPTH(256),
      .PATIENCE(PATIENCE)
  ) u_fifo (
      .rst_i(async_rst_i),
      .wr_clk_i(clk_i),
      .s_rst_i(card_rst_i),
      .s_tvalid_i,
      .s_tready_o,
      .s_tdata_i,
      .s_tkeep_i,
      .s_tlast_i,
      .s_tuser_i(1'b0),
      .dropped_o(dropped),
      .full_o,
      .rd_clk_i(mac_clk_i),
      .m_tvalid_o,
      .m_tready_i,
      .m_tdata_o,
      .m_tkeep_o,
      .m_tlast_o,
      .m_tuser_o(unused_user),
      .m_bytes_o
  );

  up_counter u_lost (
      .clk_i,
      .rst_i(card_rst_i),
      .step_i(dropped),
      .count_o(lost_o)
  );
endmodule
