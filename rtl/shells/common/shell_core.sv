// The card with what every shell adds to it: its time, and the shell's registers. The one place
// where a shell and the card meet; a new interface of the card is wired here.
//
// Everything is synchronous to clk_i. Streams, m_axi and reset as in sluice_card; AXI-Lite reaches
// 64 KiB: the card's aperture and the shell's registers behind it.
module shell_core #(
    parameter logic [31:0] KIND = 32'd0,  // register shell_kind
    parameter logic [31:0] BUILD_ID = 32'd0,
    parameter int unsigned CLOCK_KHZ = 300000,
    parameter bit HAS_MEMORY = 1'b0
) (
    input logic clk_i,
    input logic rst_i,

    input logic [sluice_pkg::PORTS-1:0]                        rx_tvalid_i,
    input logic [sluice_pkg::PORTS*sluice_pkg::BEAT_BITS-1:0]  rx_tdata_i,
    input logic [sluice_pkg::PORTS*sluice_pkg::BEAT_BYTES-1:0] rx_tkeep_i,
    input logic [sluice_pkg::PORTS-1:0]                        rx_tlast_i,
    input logic [sluice_pkg::PORTS-1:0]                        rx_tuser_i,

    output logic [sluice_pkg::PORTS-1:0]                        tx_tvalid_o,
    input  logic [sluice_pkg::PORTS-1:0]                        tx_tready_i,
    output logic [sluice_pkg::PORTS*sluice_pkg::BEAT_BITS-1:0]  tx_tdata_o,
    output logic [sluice_pkg::PORTS*sluice_pkg::BEAT_BYTES-1:0] tx_tkeep_o,
    output logic [sluice_pkg::PORTS-1:0]                        tx_tlast_o,

    // What the shell counts, for its registers.
    input logic [   sluice_pkg::PORTS-1:0] tx_full_i,
    input logic [32*sluice_pkg::PORTS-1:0] rx_lost_i,
    input logic [32*sluice_pkg::PORTS-1:0] tx_lost_i,

    input  logic [15:0] s_axil_awaddr,
    input  logic        s_axil_awvalid,
    output logic        s_axil_awready,
    input  logic [31:0] s_axil_wdata,
    input  logic [ 3:0] s_axil_wstrb,
    input  logic        s_axil_wvalid,
    output logic        s_axil_wready,
    output logic [ 1:0] s_axil_bresp,
    output logic        s_axil_bvalid,
    input  logic        s_axil_bready,
    input  logic [15:0] s_axil_araddr,
    input  logic        s_axil_arvalid,
    output logic        s_axil_arready,
    output logic [31:0] s_axil_rdata,
    output logic [ 1:0] s_axil_rresp,
    output logic        s_axil_rvalid,
    input  logic        s_axil_rready,

    output logic         m_axi_arvalid,
    input  logic         m_axi_arready,
    output logic [ 63:0] m_axi_araddr,
    output logic [  7:0] m_axi_arlen,
    output logic [  2:0] m_axi_arsize,
    output logic [  1:0] m_axi_arburst,
    input  logic         m_axi_rvalid,
    output logic         m_axi_rready,
    input  logic [511:0] m_axi_rdata,
    input  logic [  1:0] m_axi_rresp,
    input  logic         m_axi_rlast
);
  logic tick;
  tick_divider #(
      .PERIOD(CLOCK_KHZ * 1000 / sluice_layout_pkg::TICK_HZ)
  ) u_tick_divider (
      .clk_i,
      .rst_i,
      .tick_o(tick)
  );

  logic card_awvalid, card_awready, card_wvalid, card_wready, card_bvalid, card_bready;
  logic card_arvalid, card_arready, card_rvalid, card_rready;
  logic [1:0] card_bresp, card_rresp;
  logic [31:0] card_rdata;

  shell_registers #(
      .KIND(KIND)
  ) u_shell_registers (
      .clk_i,
      .rst_i,
      .s_axil_awaddr_15_i(s_axil_awaddr[15]), .s_axil_awvalid_i(s_axil_awvalid),
      .s_axil_awready_o(s_axil_awready),
      .s_axil_wvalid_i(s_axil_wvalid), .s_axil_wready_o(s_axil_wready),
      .s_axil_bresp_o(s_axil_bresp), .s_axil_bvalid_o(s_axil_bvalid),
      .s_axil_bready_i(s_axil_bready),
      .s_axil_araddr_i(s_axil_araddr), .s_axil_arvalid_i(s_axil_arvalid),
      .s_axil_arready_o(s_axil_arready),
      .s_axil_rdata_o(s_axil_rdata), .s_axil_rresp_o(s_axil_rresp),
      .s_axil_rvalid_o(s_axil_rvalid), .s_axil_rready_i(s_axil_rready),
      .m_axil_awvalid_o(card_awvalid), .m_axil_awready_i(card_awready),
      .m_axil_wvalid_o(card_wvalid), .m_axil_wready_i(card_wready),
      .m_axil_bresp_i(card_bresp), .m_axil_bvalid_i(card_bvalid), .m_axil_bready_o(card_bready),
      .m_axil_arvalid_o(card_arvalid), .m_axil_arready_i(card_arready),
      .m_axil_rdata_i(card_rdata), .m_axil_rresp_i(card_rresp),
      .m_axil_rvalid_i(card_rvalid), .m_axil_rready_o(card_rready),
      .tx_full_i,
      .rx_lost_i,
      .tx_lost_i
  );

  sluice_card #(
      .BUILD_ID(BUILD_ID),
      .CLOCK_KHZ(CLOCK_KHZ),
      .HAS_MEMORY(HAS_MEMORY)
  ) u_sluice_card (
      .clk_i,
      .rst_i,
      .tick_i(tick),
      .rx_tvalid_i,
      .rx_tdata_i,
      .rx_tkeep_i,
      .rx_tlast_i,
      .rx_tuser_i,
      .tx_tvalid_o,
      .tx_tready_i,
      .tx_tdata_o,
      .tx_tkeep_o,
      .tx_tlast_o,
      .s_axil_awaddr, .s_axil_awvalid(card_awvalid), .s_axil_awready(card_awready),
      .s_axil_wdata, .s_axil_wstrb,
      .s_axil_wvalid(card_wvalid), .s_axil_wready(card_wready),
      .s_axil_bresp(card_bresp), .s_axil_bvalid(card_bvalid), .s_axil_bready(card_bready),
      .s_axil_araddr, .s_axil_arvalid(card_arvalid), .s_axil_arready(card_arready),
      .s_axil_rdata(card_rdata), .s_axil_rresp(card_rresp),
      .s_axil_rvalid(card_rvalid), .s_axil_rready(card_rready),
      .m_axi_arvalid, .m_axi_arready, .m_axi_araddr, .m_axi_arlen, .m_axi_arsize, .m_axi_arburst,
      .m_axi_rvalid, .m_axi_rready, .m_axi_rdata, .m_axi_rresp, .m_axi_rlast
  );
endmodule
