// The card in OpenNIC's box of 250 MHz, between the adapters of both MACs.
//
// Adapters: AXI-Stream with tuser_size, tuser_src and tuser_dst; bit 6+p of tuser_dst sends a frame
// to MAC p. The card takes all frames of the MACs; frames of the NIC's own queues are thrown away,
// for the ports belong to the card. AXI-Lite at 125 MHz without strobes (all bytes are written).
// At 250 MHz the card forwards 250 million packets a second, 84% of two ports of shortest frames.
module sluice_250mhz #(
    parameter logic [31:0] BUILD_ID = 32'd0
) (
    input  logic axis_aclk,
    input  logic axil_aclk,
    input  logic mod_rstn,
    output logic mod_rst_done,

    input  logic        s_axil_awvalid,
    input  logic [31:0] s_axil_awaddr,
    output logic        s_axil_awready,
    input  logic        s_axil_wvalid,
    input  logic [31:0] s_axil_wdata,
    output logic        s_axil_wready,
    output logic        s_axil_bvalid,
    output logic [ 1:0] s_axil_bresp,
    input  logic        s_axil_bready,
    input  logic        s_axil_arvalid,
    input  logic [31:0] s_axil_araddr,
    output logic        s_axil_arready,
    output logic        s_axil_rvalid,
    output logic [31:0] s_axil_rdata,
    output logic [ 1:0] s_axil_rresp,
    input  logic        s_axil_rready,

    input  logic [   1:0] s_axis_adap_rx_250mhz_tvalid,
    input  logic [1023:0] s_axis_adap_rx_250mhz_tdata,
    input  logic [ 127:0] s_axis_adap_rx_250mhz_tkeep,
    input  logic [   1:0] s_axis_adap_rx_250mhz_tlast,
    output logic [   1:0] s_axis_adap_rx_250mhz_tready,

    output logic [   1:0] m_axis_adap_tx_250mhz_tvalid,
    output logic [1023:0] m_axis_adap_tx_250mhz_tdata,
    output logic [ 127:0] m_axis_adap_tx_250mhz_tkeep,
    output logic [   1:0] m_axis_adap_tx_250mhz_tlast,
    output logic [  31:0] m_axis_adap_tx_250mhz_tuser_size,
    output logic [  31:0] m_axis_adap_tx_250mhz_tuser_src,
    output logic [  31:0] m_axis_adap_tx_250mhz_tuser_dst,
    input  logic [   1:0] m_axis_adap_tx_250mhz_tready
);
  localparam int unsigned PORTS = sluice_pkg::PORTS;
  localparam logic [31:0] KIND_OPENNIC = 32'd3;

  // The shell pulls mod_rstn low for a moment; the reset then lasts until mod_rst_done.
  localparam int unsigned RESET_CYCLES = 100;
  logic [6:0] reset_left_q;
  initial reset_left_q = 7'(RESET_CYCLES);
  assign mod_rst_done = reset_left_q == 7'd0;
  logic async_rst, rst;
  always_ff @(posedge axil_aclk) begin
    if (!mod_rstn) reset_left_q <= 7'(RESET_CYCLES);
    else if (reset_left_q != 7'd0) reset_left_q <= reset_left_q - 7'd1;
    async_rst <= !mod_rstn || reset_left_q != 7'd0;
  end
  reset_sync #(
      .STAGES(8)
  ) u_rst (
      .clk_i(axis_aclk),
      .async_rst_i(async_rst),
      .rst_o(rst)
  );

  logic [15:0] awaddr, araddr;
  logic awvalid, awready, wvalid, wready, bvalid, bready, arvalid, arready, rvalid, rready;
  logic [31:0] wdata, rdata;
  logic [3:0] wstrb;
  logic [1:0] bresp, rresp;
  axil_cross u_bridge (
      .rst_i(async_rst),
      .s_clk_i(axil_aclk),
      .s_axil_awaddr_i(s_axil_awaddr[15:0]), .s_axil_awvalid_i(s_axil_awvalid),
      .s_axil_awready_o(s_axil_awready),
      .s_axil_wdata_i(s_axil_wdata), .s_axil_wstrb_i(4'hf), .s_axil_wvalid_i(s_axil_wvalid),
      .s_axil_wready_o(s_axil_wready),
      .s_axil_bresp_o(s_axil_bresp), .s_axil_bvalid_o(s_axil_bvalid),
      .s_axil_bready_i(s_axil_bready),
      .s_axil_araddr_i(s_axil_araddr[15:0]), .s_axil_arvalid_i(s_axil_arvalid),
      .s_axil_arready_o(s_axil_arready),
      .s_axil_rdata_o(s_axil_rdata), .s_axil_rresp_o(s_axil_rresp),
      .s_axil_rvalid_o(s_axil_rvalid), .s_axil_rready_i(s_axil_rready),
      .m_clk_i(axis_aclk),
      .m_axil_awaddr_o(awaddr), .m_axil_awvalid_o(awvalid), .m_axil_awready_i(awready),
      .m_axil_wdata_o(wdata), .m_axil_wstrb_o(wstrb), .m_axil_wvalid_o(wvalid),
      .m_axil_wready_i(wready),
      .m_axil_bresp_i(bresp), .m_axil_bvalid_i(bvalid), .m_axil_bready_o(bready),
      .m_axil_araddr_o(araddr), .m_axil_arvalid_o(arvalid), .m_axil_arready_i(arready),
      .m_axil_rdata_i(rdata), .m_axil_rresp_i(rresp), .m_axil_rvalid_i(rvalid),
      .m_axil_rready_o(rready)
  );

  logic [PORTS-1:0] tx_tvalid, tx_tready, tx_tlast, tx_full;
  logic [512*PORTS-1:0] tx_tdata;
  logic [ 64*PORTS-1:0] tx_tkeep;
  logic [ 32*PORTS-1:0] tx_lost;
  // The adapter has thrown bad frames away.
  assign s_axis_adap_rx_250mhz_tready = '1;

  logic unused_arvalid, unused_rready;
  logic [63:0] unused_araddr;
  logic [7:0] unused_arlen;
  logic [2:0] unused_arsize;
  logic [1:0] unused_arburst;
  shell_core #(
      .KIND(KIND_OPENNIC),
      .BUILD_ID(BUILD_ID),
      .CLOCK_KHZ(250000),
      .HAS_MEMORY(1'b0)
  ) u_core (
      .clk_i(axis_aclk),
      .rst_i(rst),
      .rx_tvalid_i(s_axis_adap_rx_250mhz_tvalid),
      .rx_tdata_i(s_axis_adap_rx_250mhz_tdata),
      .rx_tkeep_i(s_axis_adap_rx_250mhz_tkeep),
      .rx_tlast_i(s_axis_adap_rx_250mhz_tlast),
      .rx_tuser_i('0),
      .tx_tvalid_o(tx_tvalid),
      .tx_tready_i(tx_tready),
      .tx_tdata_o(tx_tdata),
      .tx_tkeep_o(tx_tkeep),
      .tx_tlast_o(tx_tlast),
      .tx_full_i(tx_full),
      .rx_lost_i('0),
      .tx_lost_i(tx_lost),
      .s_axil_awaddr(awaddr), .s_axil_awvalid(awvalid), .s_axil_awready(awready),
      .s_axil_wdata(wdata), .s_axil_wstrb(wstrb), .s_axil_wvalid(wvalid), .s_axil_wready(wready),
      .s_axil_bresp(bresp), .s_axil_bvalid(bvalid), .s_axil_bready(bready),
      .s_axil_araddr(araddr), .s_axil_arvalid(arvalid), .s_axil_arready(arready),
      .s_axil_rdata(rdata), .s_axil_rresp(rresp), .s_axil_rvalid(rvalid), .s_axil_rready(rready),
      .m_axi_arvalid(unused_arvalid), .m_axi_arready(1'b0), .m_axi_araddr(unused_araddr),
      .m_axi_arlen(unused_arlen), .m_axi_arsize(unused_arsize), .m_axi_arburst(unused_arburst),
      .m_axi_rvalid(1'b0), .m_axi_rready(unused_rready), .m_axi_rdata('0), .m_axi_rresp('0),
      .m_axi_rlast(1'b0)
  );

  generate
    for (genvar p = 0; p < PORTS; p++) begin : g_tx
      tx_to_mac u_tx (
          .clk_i(axis_aclk),
          .card_rst_i(rst),
          .async_rst_i(async_rst),
          .s_tvalid_i(tx_tvalid[p]),
          .s_tready_o(tx_tready[p]),
          .s_tdata_i(tx_tdata[512*p+:512]),
          .s_tkeep_i(tx_tkeep[64*p+:64]),
          .s_tlast_i(tx_tlast[p]),
          .full_o(tx_full[p]),
          .lost_o(tx_lost[32*p+:32]),
          .mac_clk_i(axis_aclk),
          .m_tvalid_o(m_axis_adap_tx_250mhz_tvalid[p]),
          .m_tready_i(m_axis_adap_tx_250mhz_tready[p]),
          .m_tdata_o(m_axis_adap_tx_250mhz_tdata[512*p+:512]),
          .m_tkeep_o(m_axis_adap_tx_250mhz_tkeep[64*p+:64]),
          .m_tlast_o(m_axis_adap_tx_250mhz_tlast[p]),
          .m_bytes_o(m_axis_adap_tx_250mhz_tuser_size[16*p+:16])
      );
      assign m_axis_adap_tx_250mhz_tuser_src[16*p+:16] = 16'd0;
      assign m_axis_adap_tx_250mhz_tuser_dst[16*p+:16] = 16'd1 << (6 + p);
    end
  endgenerate

  // 1 MiB of the BAR is the box's; the card answers at each 64 KiB of it.
  logic unused;
  assign unused = ^{
    s_axil_awaddr[31:16], s_axil_araddr[31:16], unused_arvalid, unused_rready, unused_araddr,
    unused_arlen, unused_arsize, unused_arburst
  };
endmodule
