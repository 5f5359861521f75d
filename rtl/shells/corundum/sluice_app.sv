// The card in Corundum's application block, on the direct streams of both MACs.
//
// Each direction of each MAC has a clock of its own (322 MHz at 100G); the card runs at clk, 250
// MHz. A MAC does not wait: a frame for which there is no room on the way is lost as a whole and
// counted (rx_lost). tuser: from a MAC bit 0 is its mark of a bad frame, time stamps above it are
// dropped; to a MAC tag 0 and no error.
// The ports belong to the card: frames of the NIC's own queues are taken and thrown away, and
// nothing reaches them.
module sluice_app #(
    parameter logic [31:0] BUILD_ID = 32'd0,
    parameter int unsigned RX_USER_BITS = 97,
    parameter int unsigned TX_USER_BITS = 17
) (
    input logic clk,
    input logic rst,

    input  logic [15:0] s_axil_app_ctrl_awaddr,
    input  logic        s_axil_app_ctrl_awvalid,
    output logic        s_axil_app_ctrl_awready,
    input  logic [31:0] s_axil_app_ctrl_wdata,
    input  logic [ 3:0] s_axil_app_ctrl_wstrb,
    input  logic        s_axil_app_ctrl_wvalid,
    output logic        s_axil_app_ctrl_wready,
    output logic [ 1:0] s_axil_app_ctrl_bresp,
    output logic        s_axil_app_ctrl_bvalid,
    input  logic        s_axil_app_ctrl_bready,
    input  logic [15:0] s_axil_app_ctrl_araddr,
    input  logic        s_axil_app_ctrl_arvalid,
    output logic        s_axil_app_ctrl_arready,
    output logic [31:0] s_axil_app_ctrl_rdata,
    output logic [ 1:0] s_axil_app_ctrl_rresp,
    output logic        s_axil_app_ctrl_rvalid,
    input  logic        s_axil_app_ctrl_rready,

    input  logic [               1:0] direct_rx_clk,
    input  logic [               1:0] direct_rx_rst,
    input  logic [            1023:0] s_axis_direct_rx_tdata,
    input  logic [             127:0] s_axis_direct_rx_tkeep,
    input  logic [               1:0] s_axis_direct_rx_tvalid,
    output logic [               1:0] s_axis_direct_rx_tready,
    input  logic [               1:0] s_axis_direct_rx_tlast,
    input  logic [2*RX_USER_BITS-1:0] s_axis_direct_rx_tuser,

    input  logic [               1:0] direct_tx_clk,
    input  logic [               1:0] direct_tx_rst,
    output logic [            1023:0] m_axis_direct_tx_tdata,
    output logic [             127:0] m_axis_direct_tx_tkeep,
    output logic [               1:0] m_axis_direct_tx_tvalid,
    input  logic [               1:0] m_axis_direct_tx_tready,
    output logic [               1:0] m_axis_direct_tx_tlast,
    output logic [2*TX_USER_BITS-1:0] m_axis_direct_tx_tuser
);
  localparam int unsigned PORTS = sluice_pkg::PORTS;
  localparam logic [31:0] KIND_CORUNDUM = 32'd4;

  // The card's reset twice: rst_q resets in step with clk, async_rst_q goes to the other clocks.
  logic rst_q, async_rst_q;
  always_ff @(posedge clk) begin
    rst_q <= rst;
    async_rst_q <= rst;
  end

  logic [PORTS-1:0] rx_tvalid, rx_tlast, rx_tuser;
  logic [PORTS-1:0] tx_tvalid, tx_tready, tx_tlast, tx_full;
  logic [512*PORTS-1:0] rx_tdata, tx_tdata;
  logic [64*PORTS-1:0] rx_tkeep, tx_tkeep;
  logic [32*PORTS-1:0] rx_lost, tx_lost;
  logic unused_arvalid, unused_rready;
  logic [63:0] unused_araddr;
  logic [7:0] unused_arlen;
  logic [2:0] unused_arsize;
  logic [1:0] unused_arburst;
  logic [16*PORTS-1:0] unused_rx_bytes, unused_tx_bytes;
  logic [PORTS-1:0] unused_rx_full, unused_rx_ready;

  shell_core #(
      .KIND(KIND_CORUNDUM),
      .BUILD_ID(BUILD_ID),
      .CLOCK_KHZ(250000),
      .HAS_MEMORY(1'b0)
  ) u_core (
      .clk_i(clk),
      .rst_i(rst_q),
      .rx_tvalid_i(rx_tvalid),
      .rx_tdata_i(rx_tdata),
      .rx_tkeep_i(rx_tkeep),
      .rx_tlast_i(rx_tlast),
      .rx_tuser_i(rx_tuser),
      .tx_tvalid_o(tx_tvalid),
      .tx_tready_i(tx_tready),
      .tx_tdata_o(tx_tdata),
      .tx_tkeep_o(tx_tkeep),
      .tx_tlast_o(tx_tlast),
      .tx_full_i(tx_full),
      .rx_lost_i(rx_lost),
      .tx_lost_i(tx_lost),
      .s_axil_awaddr(s_axil_app_ctrl_awaddr),
      .s_axil_awvalid(s_axil_app_ctrl_awvalid),
      .s_axil_awready(s_axil_app_ctrl_awready),
      .s_axil_wdata(s_axil_app_ctrl_wdata),
      .s_axil_wstrb(s_axil_app_ctrl_wstrb),
      .s_axil_wvalid(s_axil_app_ctrl_wvalid),
      .s_axil_wready(s_axil_app_ctrl_wready),
      .s_axil_bresp(s_axil_app_ctrl_bresp),
      .s_axil_bvalid(s_axil_app_ctrl_bvalid),
      .s_axil_bready(s_axil_app_ctrl_bready),
      .s_axil_araddr(s_axil_app_ctrl_araddr),
      .s_axil_arvalid(s_axil_app_ctrl_arvalid),
      .s_axil_arready(s_axil_app_ctrl_arready),
      .s_axil_rdata(s_axil_app_ctrl_rdata),
      .s_axil_rresp(s_axil_app_ctrl_rresp),
      .s_axil_rvalid(s_axil_app_ctrl_rvalid),
      .s_axil_rready(s_axil_app_ctrl_rready),
      .m_axi_arvalid(unused_arvalid), .m_axi_arready(1'b0), .m_axi_araddr(unused_araddr),
      .m_axi_arlen(unused_arlen), .m_axi_arsize(unused_arsize), .m_axi_arburst(unused_arburst),
      .m_axi_rvalid(1'b0), .m_axi_rready(unused_rready), .m_axi_rdata('0), .m_axi_rresp('0),
      .m_axi_rlast(1'b0)
  );

  assign s_axis_direct_rx_tready = '1;
  assign m_axis_direct_tx_tuser = '0;

  generate
    for (genvar p = 0; p < PORTS; p++) begin : g_port
      logic rx_async_rst, tx_async_rst, rx_from_rst, dropped;
      assign rx_async_rst = async_rst_q || direct_rx_rst[p];
      assign tx_async_rst = async_rst_q || direct_tx_rst[p];

      frame_cross #(
          .USER_BITS(1),
          .DEPTH(512),
          .PATIENCE(0)
      ) u_rx (
          .rst_i(rx_async_rst),
          .wr_clk_i(direct_rx_clk[p]),
          .s_rst_i(rx_from_rst),
          .s_tvalid_i(s_axis_direct_rx_tvalid[p]),
          .s_tready_o(unused_rx_ready[p]),
          .s_tdata_i(s_axis_direct_rx_tdata[512*p+:512]),
          .s_tkeep_i(s_axis_direct_rx_tkeep[64*p+:64]),
          .s_tlast_i(s_axis_direct_rx_tlast[p]),
          .s_tuser_i(s_axis_direct_rx_tuser[RX_USER_BITS*p]),
          .dropped_o(dropped),
          .full_o(unused_rx_full[p]),
          .rd_clk_i(clk),
          .m_tvalid_o(rx_tvalid[p]),
          .m_tready_i(1'b1),
          .m_tdata_o(rx_tdata[512*p+:512]),
          .m_tkeep_o(rx_tkeep[64*p+:64]),
          .m_tlast_o(rx_tlast[p]),
          .m_tuser_o(rx_tuser[p]),
          .m_bytes_o(unused_rx_bytes[16*p+:16])
      );
      reset_sync u_rx_from_rst (
          .clk_i(direct_rx_clk[p]),
          .async_rst_i(direct_rx_rst[p]),
          .rst_o(rx_from_rst)
      );
      count_cross u_rx_lost (
          .from_clk_i(direct_rx_clk[p]),
          .from_rst_i(rx_from_rst),
          .event_i(dropped),
          .to_clk_i(clk),
          .to_rst_i(rst_q),
          .count_o(rx_lost[32*p+:32])
      );

      tx_to_mac u_tx (
          .clk_i(clk),
          .card_rst_i(rst_q),
          .async_rst_i(tx_async_rst),
          .s_tvalid_i(tx_tvalid[p]),
          .s_tready_o(tx_tready[p]),
          .s_tdata_i(tx_tdata[512*p+:512]),
          .s_tkeep_i(tx_tkeep[64*p+:64]),
          .s_tlast_i(tx_tlast[p]),
          .full_o(tx_full[p]),
          .lost_o(tx_lost[32*p+:32]),
          .mac_clk_i(direct_tx_clk[p]),
          .m_tvalid_o(m_axis_direct_tx_tvalid[p]),
          .m_tready_i(m_axis_direct_tx_tready[p]),
          .m_tdata_o(m_axis_direct_tx_tdata[512*p+:512]),
          .m_tkeep_o(m_axis_direct_tx_tkeep[64*p+:64]),
          .m_tlast_o(m_axis_direct_tx_tlast[p]),
          .m_bytes_o(unused_tx_bytes[16*p+:16])
      );
    end
  endgenerate

  logic unused;
  assign unused = ^s_axis_direct_rx_tuser;
endmodule
