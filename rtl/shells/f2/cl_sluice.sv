// The card as custom logic of an AWS F2 instance, on the small shell.
//
// OCL (AppPF BAR0) is the card's AXI-Lite: its aperture repeats every 64 KiB. Frames come and go by
// AWS's Streaming Data Engine `sde`, which the build takes from the HDK: PCIS (AppPF BAR4) is its
// control, PCIM its way to the host's memory. The FPGA has no Ethernet. One clock,
// clk_main_a0, of 250 MHz.
// cl_ports.vh and sh_ddr are the HDK's too; no part of it is in this tree.
module cl_sluice #(
    parameter logic [31:0] BUILD_ID = 32'd0
) (
    `include "cl_ports.vh"
);
  `include "cl_id_defines.vh"
  localparam logic [31:0] KIND_F2 = 32'd2;

  assign cl_sh_id0 = `CL_SH_ID0;
  assign cl_sh_id1 = `CL_SH_ID1;
  assign cl_sh_flr_done = 1'b1;
  assign cl_sh_status0 = 32'd0;
  assign cl_sh_status1 = 32'd0;
  assign cl_sh_status2 = 32'd0;
  assign cl_sh_status_vled = 16'd0;
  assign cl_sh_dma_wr_full = 1'b0;
  assign cl_sh_dma_rd_full = 1'b0;
  assign cl_sh_apppf_irq_req = 16'd0;
  assign tdo = 1'b0;

  logic async_rst, rst;
  assign async_rst = !rst_main_n;
  reset_sync #(
      .STAGES(8)
  ) u_rst (
      .clk_i(clk_main_a0),
      .async_rst_i(async_rst),
      .rst_o(rst)
  );

  // Streams
  logic h2c_valid, h2c_ready, h2c_last, c2h_valid, c2h_ready, c2h_last, c2h_port;
  logic [511:0] h2c_data, c2h_data;
  logic [63:0] h2c_keep, c2h_keep, h2c_user;
  logic [2:0] pcim_awid, pcim_arid;

  sde u_sde (
      .clk(clk_main_a0),
      .rst_n(!rst),
      .pcis_awid(sh_cl_dma_pcis_awid),
      .pcis_awaddr(sh_cl_dma_pcis_awaddr),
      .pcis_awlen(sh_cl_dma_pcis_awlen),
      .pcis_awsize(sh_cl_dma_pcis_awsize),
      .pcis_awvalid(sh_cl_dma_pcis_awvalid),
      .pcis_awready(cl_sh_dma_pcis_awready),
      .pcis_wdata(sh_cl_dma_pcis_wdata),
      .pcis_wstrb(sh_cl_dma_pcis_wstrb),
      .pcis_wlast(sh_cl_dma_pcis_wlast),
      .pcis_wvalid(sh_cl_dma_pcis_wvalid),
      .pcis_wready(cl_sh_dma_pcis_wready),
      .pcis_bid(cl_sh_dma_pcis_bid),
      .pcis_bresp(cl_sh_dma_pcis_bresp),
      .pcis_bvalid(cl_sh_dma_pcis_bvalid),
      .pcis_bready(sh_cl_dma_pcis_bready),
      .pcis_arid(sh_cl_dma_pcis_arid),
      .pcis_araddr(sh_cl_dma_pcis_araddr),
      .pcis_arlen(sh_cl_dma_pcis_arlen),
      .pcis_arsize(sh_cl_dma_pcis_arsize),
      .pcis_arvalid(sh_cl_dma_pcis_arvalid),
      .pcis_arready(cl_sh_dma_pcis_arready),
      .pcis_rid(cl_sh_dma_pcis_rid),
      .pcis_rdata(cl_sh_dma_pcis_rdata),
      .pcis_rresp(cl_sh_dma_pcis_rresp),
      .pcis_rlast(cl_sh_dma_pcis_rlast),
      .pcis_rvalid(cl_sh_dma_pcis_rvalid),
      .pcis_rready(sh_cl_dma_pcis_rready),
      .pcim_awvalid(cl_sh_pcim_awvalid),
      .pcim_awid(pcim_awid),
      .pcim_awaddr(cl_sh_pcim_awaddr),
      .pcim_awlen(cl_sh_pcim_awlen),
      .pcim_awsize(cl_sh_pcim_awsize),
      .pcim_awready(sh_cl_pcim_awready),
      .pcim_wvalid(cl_sh_pcim_wvalid),
      .pcim_wdata(cl_sh_pcim_wdata),
      .pcim_wstrb(cl_sh_pcim_wstrb),
      .pcim_wlast(cl_sh_pcim_wlast),
      .pcim_wready(sh_cl_pcim_wready),
      .pcim_bvalid(sh_cl_pcim_bvalid),
      .pcim_bid(sh_cl_pcim_bid[2:0]),
      .pcim_bresp(sh_cl_pcim_bresp),
      .pcim_bready(cl_sh_pcim_bready),
      .pcim_arvalid(cl_sh_pcim_arvalid),
      .pcim_arid(pcim_arid),
      .pcim_araddr(cl_sh_pcim_araddr),
      .pcim_arlen(cl_sh_pcim_arlen),
      .pcim_arsize(cl_sh_pcim_arsize),
      .pcim_arready(sh_cl_pcim_arready),
      .pcim_rvalid(sh_cl_pcim_rvalid),
      .pcim_rid(sh_cl_pcim_rid[2:0]),
      .pcim_rdata(sh_cl_pcim_rdata),
      .pcim_rresp(sh_cl_pcim_rresp),
      .pcim_rlast(sh_cl_pcim_rlast),
      .pcim_rready(cl_sh_pcim_rready),
      .c2h_axis_valid(c2h_valid),
      .c2h_axis_data(c2h_data),
      .c2h_axis_keep(c2h_keep),
      .c2h_axis_user({63'd0, c2h_port}),
      .c2h_axis_last(c2h_last),
      .c2h_axis_ready(c2h_ready),
      .h2c_axis_valid(h2c_valid),
      .h2c_axis_data(h2c_data),
      .h2c_axis_keep(h2c_keep),
      .h2c_axis_user(h2c_user),
      .h2c_axis_last(h2c_last),
      .h2c_axis_ready(h2c_ready)
  );

  logic unused_user;
  assign unused_user = ^h2c_user;

  // Signals of AXI4 that the engine leaves alone: rising addresses, no cache, no lock.
  assign cl_sh_pcim_awid = {13'd0, pcim_awid};
  assign cl_sh_pcim_arid = {13'd0, pcim_arid};
  assign cl_sh_pcim_awburst = 2'b01;
  assign cl_sh_pcim_awcache = 4'd0;
  assign cl_sh_pcim_awlock = 1'b0;
  assign cl_sh_pcim_awprot = 3'd0;
  assign cl_sh_pcim_awqos = 4'd0;
  assign cl_sh_pcim_awuser = 55'd0;
  assign cl_sh_pcim_wid = 16'd0;
  assign cl_sh_pcim_wuser = 64'd0;
  assign cl_sh_pcim_arburst = 2'b01;
  assign cl_sh_pcim_arcache = 4'd0;
  assign cl_sh_pcim_arlock = 1'b0;
  assign cl_sh_pcim_arprot = 3'd0;
  assign cl_sh_pcim_arqos = 4'd0;
  assign cl_sh_pcim_aruser = 55'd0;
  assign cl_sh_dma_pcis_ruser = 64'd0;

  // The card
  logic [1:0] rx_tvalid, rx_tlast, tx_tvalid, tx_tready, tx_tlast;
  logic [1023:0] rx_tdata, tx_tdata;
  logic [127:0] rx_tkeep, tx_tkeep;
  sde_ports u_ports (
      .clk_i(clk_main_a0),
      .rst_i(rst),
      .h2c_valid_i(h2c_valid),
      .h2c_ready_o(h2c_ready),
      .h2c_data_i(h2c_data),
      .h2c_keep_i(h2c_keep),
      .h2c_last_i(h2c_last),
      .h2c_port_i(h2c_user[0]),
      .rx_tvalid_o(rx_tvalid),
      .rx_tdata_o(rx_tdata),
      .rx_tkeep_o(rx_tkeep),
      .rx_tlast_o(rx_tlast),
      .tx_tvalid_i(tx_tvalid),
      .tx_tready_o(tx_tready),
      .tx_tdata_i(tx_tdata),
      .tx_tkeep_i(tx_tkeep),
      .tx_tlast_i(tx_tlast),
      .c2h_valid_o(c2h_valid),
      .c2h_ready_i(c2h_ready),
      .c2h_data_o(c2h_data),
      .c2h_keep_o(c2h_keep),
      .c2h_last_o(c2h_last),
      .c2h_port_o(c2h_port)
  );

  logic unused_arvalid, unused_rready;
  logic [63:0] unused_araddr;
  logic [7:0] unused_arlen;
  logic [2:0] unused_arsize;
  logic [1:0] unused_arburst;
  shell_core #(
      .KIND(KIND_F2),
      .BUILD_ID(BUILD_ID),
      .CLOCK_KHZ(250000),
      .HAS_MEMORY(1'b0)
  ) u_core (
      .clk_i(clk_main_a0),
      .rst_i(rst),
      .rx_tvalid_i(rx_tvalid),
      .rx_tdata_i(rx_tdata),
      .rx_tkeep_i(rx_tkeep),
      .rx_tlast_i(rx_tlast),
      .rx_tuser_i('0),
      .tx_tvalid_o(tx_tvalid),
      .tx_tready_i(tx_tready),
      .tx_tdata_o(tx_tdata),
      .tx_tkeep_o(tx_tkeep),
      .tx_tlast_o(tx_tlast),
      .tx_full_i('0),
      .rx_lost_i('0),
      .tx_lost_i('0),
      .s_axil_awaddr(ocl_cl_awaddr[15:0]), .s_axil_awvalid(ocl_cl_awvalid),
      .s_axil_awready(cl_ocl_awready),
      .s_axil_wdata(ocl_cl_wdata), .s_axil_wstrb(ocl_cl_wstrb), .s_axil_wvalid(ocl_cl_wvalid),
      .s_axil_wready(cl_ocl_wready),
      .s_axil_bresp(cl_ocl_bresp), .s_axil_bvalid(cl_ocl_bvalid), .s_axil_bready(ocl_cl_bready),
      .s_axil_araddr(ocl_cl_araddr[15:0]), .s_axil_arvalid(ocl_cl_arvalid),
      .s_axil_arready(cl_ocl_arready),
      .s_axil_rdata(cl_ocl_rdata), .s_axil_rresp(cl_ocl_rresp), .s_axil_rvalid(cl_ocl_rvalid),
      .s_axil_rready(ocl_cl_rready),
      .m_axi_arvalid(unused_arvalid), .m_axi_arready(1'b0), .m_axi_araddr(unused_araddr),
      .m_axi_arlen(unused_arlen), .m_axi_arsize(unused_arsize), .m_axi_arburst(unused_arburst),
      .m_axi_rvalid(1'b0), .m_axi_rready(unused_rready), .m_axi_rdata('0), .m_axi_rresp('0),
      .m_axi_rlast(1'b0)
  );

  // What the card has no use for: the management BAR answers nothing, no HBM, no PCIe of its own.
  assign cl_sda_awready = 1'b0;
  assign cl_sda_wready = 1'b0;
  assign cl_sda_bresp = 2'd0;
  assign cl_sda_bvalid = 1'b0;
  assign cl_sda_arready = 1'b0;
  assign cl_sda_rdata = 32'd0;
  assign cl_sda_rresp = 2'd0;
  assign cl_sda_rvalid = 1'b0;
  assign {hbm_apb_paddr_1, hbm_apb_pprot_1, hbm_apb_psel_1, hbm_apb_penable_1, hbm_apb_pwrite_1,
          hbm_apb_pwdata_1, hbm_apb_pstrb_1, hbm_apb_pready_1, hbm_apb_prdata_1,
          hbm_apb_pslverr_1} = '0;
  assign {hbm_apb_paddr_0, hbm_apb_pprot_0, hbm_apb_psel_0, hbm_apb_penable_0, hbm_apb_pwrite_0,
          hbm_apb_pwdata_0, hbm_apb_pstrb_0, hbm_apb_pready_0, hbm_apb_prdata_0,
          hbm_apb_pslverr_0} = '0;
  assign {PCIE_EP_TXP, PCIE_EP_TXN, PCIE_RP_PERSTN, PCIE_RP_TXP, PCIE_RP_TXN} = '0;
  // An access to the statistics of DDR is answered at once: one without an answer hangs the shell.
  assign cl_sh_ddr_stat_ack = 1'b1;
  assign {cl_sh_ddr_stat_rdata, cl_sh_ddr_stat_int} = '0;

  // The shell wants its DDR block there, also without a controller in it. What the HDK's template
  // for unused DDR connects is connected: pins, clocks, resets, and inputs at rest.
  logic ddr_rst_n;
  assign ddr_rst_n = !rst;
  logic unused_ddr;
  logic ddr_awready, ddr_wready, ddr_bvalid, ddr_arready, ddr_rlast, ddr_rvalid, ddr_ack, ddr_ready;
  logic [15:0] ddr_bid, ddr_rid;
  logic [1:0] ddr_bresp, ddr_rresp;
  logic [511:0] ddr_rdata;
  logic [31:0] ddr_stat_rdata;
  logic [7:0] ddr_stat_int;
  assign unused_ddr = ^{
    ddr_awready, ddr_wready, ddr_bvalid, ddr_arready, ddr_rlast, ddr_rvalid, ddr_ack, ddr_ready,
    ddr_bid, ddr_rid, ddr_bresp, ddr_rresp, ddr_rdata, ddr_stat_rdata, ddr_stat_int
  };
  sh_ddr #(
      .DDR_PRESENT(0)
  ) u_sh_ddr (
      .clk(clk_main_a0),
      .rst_n(ddr_rst_n),
      .stat_clk(clk_main_a0),
      .stat_rst_n(ddr_rst_n),
      .CLK_DIMM_DP,
      .CLK_DIMM_DN,
      .M_ACT_N,
      .M_MA,
      .M_BA,
      .M_BG,
      .M_CKE,
      .M_ODT,
      .M_CS_N,
      .M_CLK_DN,
      .M_CLK_DP,
      .M_PAR,
      .M_DQ,
      .M_ECC,
      .M_DQS_DP,
      .M_DQS_DN,
      .cl_RST_DIMM_N(RST_DIMM_N),
      .cl_sh_ddr_axi_awid('0),
      .cl_sh_ddr_axi_awaddr('0),
      .cl_sh_ddr_axi_awlen('0),
      .cl_sh_ddr_axi_awsize(3'd6),
      .cl_sh_ddr_axi_awvalid(1'b0),
      .cl_sh_ddr_axi_awburst(2'b01),
      .cl_sh_ddr_axi_awready(ddr_awready),
      .cl_sh_ddr_axi_wdata('0),
      .cl_sh_ddr_axi_wstrb('0),
      .cl_sh_ddr_axi_wlast(1'b0),
      .cl_sh_ddr_axi_wvalid(1'b0),
      .cl_sh_ddr_axi_wready(ddr_wready),
      .cl_sh_ddr_axi_bid(ddr_bid),
      .cl_sh_ddr_axi_bresp(ddr_bresp),
      .cl_sh_ddr_axi_bvalid(ddr_bvalid),
      .cl_sh_ddr_axi_bready(1'b0),
      .cl_sh_ddr_axi_arid('0),
      .cl_sh_ddr_axi_araddr('0),
      .cl_sh_ddr_axi_arlen('0),
      .cl_sh_ddr_axi_arsize(3'd6),
      .cl_sh_ddr_axi_arvalid(1'b0),
      .cl_sh_ddr_axi_arburst(2'b01),
      .cl_sh_ddr_axi_arready(ddr_arready),
      .cl_sh_ddr_axi_rid(ddr_rid),
      .cl_sh_ddr_axi_rdata(ddr_rdata),
      .cl_sh_ddr_axi_rresp(ddr_rresp),
      .cl_sh_ddr_axi_rlast(ddr_rlast),
      .cl_sh_ddr_axi_rvalid(ddr_rvalid),
      .cl_sh_ddr_axi_rready(1'b0),
      .sh_ddr_stat_bus_addr('0),
      .sh_ddr_stat_bus_wdata('0),
      .sh_ddr_stat_bus_wr(1'b0),
      .sh_ddr_stat_bus_rd(1'b0),
      .sh_ddr_stat_bus_ack(ddr_ack),
      .sh_ddr_stat_bus_rdata(ddr_stat_rdata),
      .ddr_sh_stat_int(ddr_stat_int),
      .sh_cl_ddr_is_ready(ddr_ready)
  );
endmodule
