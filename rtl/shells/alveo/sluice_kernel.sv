// The card as a Vitis kernel: one clock, one control slave, a memory master, two stream pairs.
//
// v++ connects S_AXIS_p and M_AXIS_p to the MAC kernel of port p, which crosses to the clocks of
// its transceivers, and m_axi_tables to HBM or DDR. S_AXIS_p never waits: MACs do not. Neither has
// a tuser: the MAC kernels that are public drop the MAC's mark of a bad frame.
// 298 MHz or more forwards shortest frames at the rate of two 100G ports.
module sluice_kernel #(
    parameter logic [31:0] BUILD_ID = 32'd0,
    parameter int unsigned CLOCK_KHZ = 300000
) (
    input logic ap_clk,
    input logic ap_rst_n,

    input  logic         S_AXIS_0_tvalid,
    output logic         S_AXIS_0_tready,
    input  logic [511:0] S_AXIS_0_tdata,
    input  logic [ 63:0] S_AXIS_0_tkeep,
    input  logic         S_AXIS_0_tlast,
    input  logic         S_AXIS_1_tvalid,
    output logic         S_AXIS_1_tready,
    input  logic [511:0] S_AXIS_1_tdata,
    input  logic [ 63:0] S_AXIS_1_tkeep,
    input  logic         S_AXIS_1_tlast,

    output logic         M_AXIS_0_tvalid,
    input  logic         M_AXIS_0_tready,
    output logic [511:0] M_AXIS_0_tdata,
    output logic [ 63:0] M_AXIS_0_tkeep,
    output logic         M_AXIS_0_tlast,
    output logic         M_AXIS_1_tvalid,
    input  logic         M_AXIS_1_tready,
    output logic [511:0] M_AXIS_1_tdata,
    output logic [ 63:0] M_AXIS_1_tkeep,
    output logic         M_AXIS_1_tlast,

    input  logic [15:0] s_axi_control_awaddr,
    input  logic        s_axi_control_awvalid,
    output logic        s_axi_control_awready,
    input  logic [31:0] s_axi_control_wdata,
    input  logic [ 3:0] s_axi_control_wstrb,
    input  logic        s_axi_control_wvalid,
    output logic        s_axi_control_wready,
    output logic [ 1:0] s_axi_control_bresp,
    output logic        s_axi_control_bvalid,
    input  logic        s_axi_control_bready,
    input  logic [15:0] s_axi_control_araddr,
    input  logic        s_axi_control_arvalid,
    output logic        s_axi_control_arready,
    output logic [31:0] s_axi_control_rdata,
    output logic [ 1:0] s_axi_control_rresp,
    output logic        s_axi_control_rvalid,
    input  logic        s_axi_control_rready,

    output logic         m_axi_tables_arvalid,
    input  logic         m_axi_tables_arready,
    output logic [ 63:0] m_axi_tables_araddr,
    output logic [  7:0] m_axi_tables_arlen,
    output logic [  2:0] m_axi_tables_arsize,
    output logic [  1:0] m_axi_tables_arburst,
    input  logic         m_axi_tables_rvalid,
    output logic         m_axi_tables_rready,
    input  logic [511:0] m_axi_tables_rdata,
    input  logic [  1:0] m_axi_tables_rresp,
    input  logic         m_axi_tables_rlast
);
  localparam int unsigned PORTS = sluice_pkg::PORTS;
  localparam logic [31:0] KIND_ALVEO = 32'd1;

  logic async_rst, rst;
  assign async_rst = !ap_rst_n;
  reset_sync #(
      .STAGES(8)
  ) u_rst (
      .clk_i(ap_clk),
      .async_rst_i(async_rst),
      .rst_o(rst)
  );

  logic [PORTS-1:0] tx_tvalid, tx_tready, tx_tlast, tx_full;
  logic [512*PORTS-1:0] tx_tdata;
  logic [ 64*PORTS-1:0] tx_tkeep;
  logic [ 32*PORTS-1:0] tx_lost;

  assign S_AXIS_0_tready = 1'b1;
  assign S_AXIS_1_tready = 1'b1;

  shell_core #(
      .KIND(KIND_ALVEO),
      .BUILD_ID(BUILD_ID),
      .CLOCK_KHZ(CLOCK_KHZ),
      .HAS_MEMORY(1'b1)
  ) u_core (
      .clk_i(ap_clk),
      .rst_i(rst),
      .rx_tvalid_i({S_AXIS_1_tvalid, S_AXIS_0_tvalid}),
      .rx_tdata_i({S_AXIS_1_tdata, S_AXIS_0_tdata}),
      .rx_tkeep_i({S_AXIS_1_tkeep, S_AXIS_0_tkeep}),
      .rx_tlast_i({S_AXIS_1_tlast, S_AXIS_0_tlast}),
      .rx_tuser_i('0),
      .tx_tvalid_o(tx_tvalid),
      .tx_tready_i(tx_tready),
      .tx_tdata_o(tx_tdata),
      .tx_tkeep_o(tx_tkeep),
      .tx_tlast_o(tx_tlast),
      .tx_full_i(tx_full),
      .rx_lost_i('0),
      .tx_lost_i(tx_lost),
      .s_axil_awaddr(s_axi_control_awaddr),
      .s_axil_awvalid(s_axi_control_awvalid),
      .s_axil_awready(s_axi_control_awready),
      .s_axil_wdata(s_axi_control_wdata),
      .s_axil_wstrb(s_axi_control_wstrb),
      .s_axil_wvalid(s_axi_control_wvalid),
      .s_axil_wready(s_axi_control_wready),
      .s_axil_bresp(s_axi_control_bresp),
      .s_axil_bvalid(s_axi_control_bvalid),
      .s_axil_bready(s_axi_control_bready),
      .s_axil_araddr(s_axi_control_araddr),
      .s_axil_arvalid(s_axi_control_arvalid),
      .s_axil_arready(s_axi_control_arready),
      .s_axil_rdata(s_axi_control_rdata),
      .s_axil_rresp(s_axi_control_rresp),
      .s_axil_rvalid(s_axi_control_rvalid),
      .s_axil_rready(s_axi_control_rready),
      .m_axi_arvalid(m_axi_tables_arvalid),
      .m_axi_arready(m_axi_tables_arready),
      .m_axi_araddr(m_axi_tables_araddr),
      .m_axi_arlen(m_axi_tables_arlen),
      .m_axi_arsize(m_axi_tables_arsize),
      .m_axi_arburst(m_axi_tables_arburst),
      .m_axi_rvalid(m_axi_tables_rvalid),
      .m_axi_rready(m_axi_tables_rready),
      .m_axi_rdata(m_axi_tables_rdata),
      .m_axi_rresp(m_axi_tables_rresp),
      .m_axi_rlast(m_axi_tables_rlast)
  );

  logic [PORTS-1:0] mac_tvalid, mac_tready, mac_tlast;
  logic [512*PORTS-1:0] mac_tdata;
  logic [ 64*PORTS-1:0] mac_tkeep;
  logic [ 16*PORTS-1:0] unused_bytes;
  generate
    for (genvar p = 0; p < PORTS; p++) begin : g_tx
      tx_to_mac u_tx (
          .clk_i(ap_clk),
          .card_rst_i(rst),
          .async_rst_i(async_rst),
          .s_tvalid_i(tx_tvalid[p]),
          .s_tready_o(tx_tready[p]),
          .s_tdata_i(tx_tdata[512*p+:512]),
          .s_tkeep_i(tx_tkeep[64*p+:64]),
          .s_tlast_i(tx_tlast[p]),
          .full_o(tx_full[p]),
          .lost_o(tx_lost[32*p+:32]),
          .mac_clk_i(ap_clk),
          .m_tvalid_o(mac_tvalid[p]),
          .m_tready_i(mac_tready[p]),
          .m_tdata_o(mac_tdata[512*p+:512]),
          .m_tkeep_o(mac_tkeep[64*p+:64]),
          .m_tlast_o(mac_tlast[p]),
          .m_bytes_o(unused_bytes[16*p+:16])
      );
    end
  endgenerate
  assign {M_AXIS_1_tvalid, M_AXIS_0_tvalid} = mac_tvalid;
  assign mac_tready = {M_AXIS_1_tready, M_AXIS_0_tready};
  assign {M_AXIS_1_tdata, M_AXIS_0_tdata} = mac_tdata;
  assign {M_AXIS_1_tkeep, M_AXIS_0_tkeep} = mac_tkeep;
  assign {M_AXIS_1_tlast, M_AXIS_0_tlast} = mac_tlast;
endmodule
