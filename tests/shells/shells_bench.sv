// Every shell around a stand-in for the card, behind one kind of port: lanes 2s and 2s+1 are the
// ports of shell s: 0 Alveo, 1 OpenNIC, 2 F2, 3 Corundum. F2 has one stream: lane 4, with the port
// in f2_port. Registers: one AXI-Lite a shell, one access at a time.
module shells_bench (
    input logic [3:0] rst_i,
    input logic alveo_clk_i,
    input logic opennic_clk_i,
    input logic axil_clk_i,  // of OpenNIC
    input logic f2_clk_i,
    input logic corundum_clk_i,
    input logic rx0_clk_i,  // of Corundum's MACs
    input logic rx1_clk_i,
    input logic tx0_clk_i,
    input logic tx1_clk_i,
    input logic [1:0] mac_rx_rst_i,
    input logic [1:0] mac_tx_rst_i,

    input  logic [  7:0] rx_tvalid_i,
    output logic [  7:0] rx_tready_o,
    input  logic [511:0] rx_tdata_i [8],
    input  logic [ 63:0] rx_tkeep_i [8],
    input  logic [  7:0] rx_tlast_i,
    input  logic [  7:0] rx_tuser_i,
    input  logic         f2_port_i,
    output logic [  7:0] tx_tvalid_o,
    input  logic [  7:0] tx_tready_i,
    output logic [511:0] tx_tdata_o [8],
    output logic [ 63:0] tx_tkeep_o [8],
    output logic [  7:0] tx_tlast_o,
    output logic         f2_port_o,
    output logic [ 15:0] opennic_size_o [2],
    output logic [ 15:0] opennic_dst_o [2],
    output logic         opennic_reset_done_o,
    output logic [ 31:0] f2_id0_o,
    output logic [ 31:0] f2_id1_o,
    output logic         f2_ddr_stat_ack_o,

    input  logic [15:0] addr_i [4],
    input  logic [31:0] wdata_i [4],
    input  logic [ 3:0] awvalid_i,
    output logic [ 3:0] awready_o,
    input  logic [ 3:0] wvalid_i,
    output logic [ 3:0] wready_o,
    output logic [ 1:0] bresp_o [4],
    output logic [ 3:0] bvalid_o,
    input  logic [ 3:0] arvalid_i,
    output logic [ 3:0] arready_o,
    output logic [31:0] rdata_o [4],
    output logic [ 1:0] rresp_o [4],
    output logic [ 3:0] rvalid_o,
    input  logic [ 3:0] ready_i  // for responses
);
  // Alveo: behind its memory port one word for each address.
  logic arvalid, arready, rvalid_q, rready;
  logic [63:0] araddr, araddr_q;
  logic [7:0] arlen;
  logic [2:0] arsize;
  logic [1:0] arburst;
  assign arready = !rvalid_q;
  always_ff @(posedge alveo_clk_i) begin
    if (rst_i[0]) rvalid_q <= 1'b0;
    else if (arvalid && arready) rvalid_q <= 1'b1;
    else if (rready) rvalid_q <= 1'b0;
    araddr_q <= araddr;
    if (!rst_i[0] && arvalid) begin
      whole_beats : assert (arsize == 3'd6 && arburst == 2'b01 && arlen == 8'd0)
      else $error("not a burst of whole beats");
    end
  end
  sluice_kernel #(
      .BUILD_ID(32'h00a1f0e0)
  ) u_alveo (
      .ap_clk(alveo_clk_i),
      .ap_rst_n(!rst_i[0]),
      .S_AXIS_0_tvalid(rx_tvalid_i[0]), .S_AXIS_0_tready(rx_tready_o[0]),
      .S_AXIS_0_tdata(rx_tdata_i[0]), .S_AXIS_0_tkeep(rx_tkeep_i[0]),
      .S_AXIS_0_tlast(rx_tlast_i[0]),
      .S_AXIS_1_tvalid(rx_tvalid_i[1]), .S_AXIS_1_tready(rx_tready_o[1]),
      .S_AXIS_1_tdata(rx_tdata_i[1]), .S_AXIS_1_tkeep(rx_tkeep_i[1]),
      .S_AXIS_1_tlast(rx_tlast_i[1]),
      .M_AXIS_0_tvalid(tx_tvalid_o[0]), .M_AXIS_0_tready(tx_tready_i[0]),
      .M_AXIS_0_tdata(tx_tdata_o[0]), .M_AXIS_0_tkeep(tx_tkeep_o[0]),
      .M_AXIS_0_tlast(tx_tlast_o[0]),
      .M_AXIS_1_tvalid(tx_tvalid_o[1]), .M_AXIS_1_tready(tx_tready_i[1]),
      .M_AXIS_1_tdata(tx_tdata_o[1]), .M_AXIS_1_tkeep(tx_tkeep_o[1]),
      .M_AXIS_1_tlast(tx_tlast_o[1]),
      .s_axi_control_awaddr(addr_i[0]), .s_axi_control_awvalid(awvalid_i[0]),
      .s_axi_control_awready(awready_o[0]),
      .s_axi_control_wdata(wdata_i[0]), .s_axi_control_wstrb(4'hf),
      .s_axi_control_wvalid(wvalid_i[0]), .s_axi_control_wready(wready_o[0]),
      .s_axi_control_bresp(bresp_o[0]), .s_axi_control_bvalid(bvalid_o[0]),
      .s_axi_control_bready(ready_i[0]),
      .s_axi_control_araddr(addr_i[0]), .s_axi_control_arvalid(arvalid_i[0]),
      .s_axi_control_arready(arready_o[0]),
      .s_axi_control_rdata(rdata_o[0]), .s_axi_control_rresp(rresp_o[0]),
      .s_axi_control_rvalid(rvalid_o[0]), .s_axi_control_rready(ready_i[0]),
      .m_axi_tables_arvalid(arvalid), .m_axi_tables_arready(arready),
      .m_axi_tables_araddr(araddr), .m_axi_tables_arlen(arlen), .m_axi_tables_arsize(arsize),
      .m_axi_tables_arburst(arburst),
      .m_axi_tables_rvalid(rvalid_q), .m_axi_tables_rready(rready),
      .m_axi_tables_rdata({448'd0, araddr_q}), .m_axi_tables_rresp(2'b00),
      .m_axi_tables_rlast(1'b1)
  );

  // OpenNIC
  logic [31:0] opennic_size, opennic_src, opennic_dst;
  assign {opennic_size_o[1], opennic_size_o[0]} = opennic_size;
  assign {opennic_dst_o[1], opennic_dst_o[0]} = opennic_dst;
  sluice_250mhz #(
      .BUILD_ID(32'h00a1f0e1)
  ) u_opennic (
      .axis_aclk(opennic_clk_i),
      .axil_aclk(axil_clk_i),
      .mod_rstn(!rst_i[1]),
      .mod_rst_done(opennic_reset_done_o),
      .s_axil_awvalid(awvalid_i[1]), .s_axil_awaddr({16'd0, addr_i[1]}),
      .s_axil_awready(awready_o[1]),
      .s_axil_wvalid(wvalid_i[1]), .s_axil_wdata(wdata_i[1]), .s_axil_wready(wready_o[1]),
      .s_axil_bvalid(bvalid_o[1]), .s_axil_bresp(bresp_o[1]), .s_axil_bready(ready_i[1]),
      .s_axil_arvalid(arvalid_i[1]), .s_axil_araddr({16'd0, addr_i[1]}),
      .s_axil_arready(arready_o[1]),
      .s_axil_rvalid(rvalid_o[1]), .s_axil_rdata(rdata_o[1]), .s_axil_rresp(rresp_o[1]),
      .s_axil_rready(ready_i[1]),
      .s_axis_adap_rx_250mhz_tvalid(rx_tvalid_i[3:2]),
      .s_axis_adap_rx_250mhz_tdata({rx_tdata_i[3], rx_tdata_i[2]}),
      .s_axis_adap_rx_250mhz_tkeep({rx_tkeep_i[3], rx_tkeep_i[2]}),
      .s_axis_adap_rx_250mhz_tlast(rx_tlast_i[3:2]),
      .s_axis_adap_rx_250mhz_tready(rx_tready_o[3:2]),
      .m_axis_adap_tx_250mhz_tvalid(tx_tvalid_o[3:2]),
      .m_axis_adap_tx_250mhz_tdata({tx_tdata_o[3], tx_tdata_o[2]}),
      .m_axis_adap_tx_250mhz_tkeep({tx_tkeep_o[3], tx_tkeep_o[2]}),
      .m_axis_adap_tx_250mhz_tlast(tx_tlast_o[3:2]),
      .m_axis_adap_tx_250mhz_tuser_size(opennic_size),
      .m_axis_adap_tx_250mhz_tuser_src(opennic_src),
      .m_axis_adap_tx_250mhz_tuser_dst(opennic_dst),
      .m_axis_adap_tx_250mhz_tready(tx_tready_i[3:2])
  );

  // F2, by the names that the HDK gives its ports
  logic [63:0] pcim_awaddr;
  assign f2_port_o = pcim_awaddr[0];
  assign {rx_tready_o[5], tx_tvalid_o[5], tx_tlast_o[5]} = '0;
  assign tx_tdata_o[5] = '0;
  assign tx_tkeep_o[5] = '0;
  // A test connects few of the shell's ports.
  // verilator lint_off PINMISSING
  cl_sluice #(
      .BUILD_ID(32'h00a1f0e2)
  ) u_f2 (
      .clk_main_a0(f2_clk_i),
      .rst_main_n(!rst_i[2]),
      .cl_sh_id0(f2_id0_o),
      .cl_sh_id1(f2_id1_o),
      .cl_sh_ddr_stat_ack(f2_ddr_stat_ack_o),
      .sh_cl_dma_pcis_awaddr({63'd0, f2_port_i}),
      .sh_cl_dma_pcis_wvalid(rx_tvalid_i[4]),
      .cl_sh_dma_pcis_wready(rx_tready_o[4]),
      .sh_cl_dma_pcis_wdata(rx_tdata_i[4]),
      .sh_cl_dma_pcis_wstrb(rx_tkeep_i[4]),
      .sh_cl_dma_pcis_wlast(rx_tlast_i[4]),
      .cl_sh_pcim_awaddr(pcim_awaddr),
      .cl_sh_pcim_wvalid(tx_tvalid_o[4]),
      .sh_cl_pcim_wready(tx_tready_i[4]),
      .cl_sh_pcim_wdata(tx_tdata_o[4]),
      .cl_sh_pcim_wstrb(tx_tkeep_o[4]),
      .cl_sh_pcim_wlast(tx_tlast_o[4]),
      .ocl_cl_awaddr({16'd0, addr_i[2]}), .ocl_cl_awvalid(awvalid_i[2]),
      .cl_ocl_awready(awready_o[2]),
      .ocl_cl_wdata(wdata_i[2]), .ocl_cl_wstrb(4'hf), .ocl_cl_wvalid(wvalid_i[2]),
      .cl_ocl_wready(wready_o[2]),
      .cl_ocl_bresp(bresp_o[2]), .cl_ocl_bvalid(bvalid_o[2]), .ocl_cl_bready(ready_i[2]),
      .ocl_cl_araddr({16'd0, addr_i[2]}), .ocl_cl_arvalid(arvalid_i[2]),
      .cl_ocl_arready(arready_o[2]),
      .cl_ocl_rdata(rdata_o[2]), .cl_ocl_rresp(rresp_o[2]), .cl_ocl_rvalid(rvalid_o[2]),
      .ocl_cl_rready(ready_i[2])
  );
  // verilator lint_on PINMISSING

  // Corundum
  logic [33:0] corundum_tuser;
  sluice_app #(
      .BUILD_ID(32'h00a1f0e3)
  ) u_corundum (
      .clk(corundum_clk_i),
      .rst(rst_i[3]),
      .s_axil_app_ctrl_awaddr(addr_i[3]), .s_axil_app_ctrl_awvalid(awvalid_i[3]),
      .s_axil_app_ctrl_awready(awready_o[3]),
      .s_axil_app_ctrl_wdata(wdata_i[3]), .s_axil_app_ctrl_wstrb(4'hf),
      .s_axil_app_ctrl_wvalid(wvalid_i[3]), .s_axil_app_ctrl_wready(wready_o[3]),
      .s_axil_app_ctrl_bresp(bresp_o[3]), .s_axil_app_ctrl_bvalid(bvalid_o[3]),
      .s_axil_app_ctrl_bready(ready_i[3]),
      .s_axil_app_ctrl_araddr(addr_i[3]), .s_axil_app_ctrl_arvalid(arvalid_i[3]),
      .s_axil_app_ctrl_arready(arready_o[3]),
      .s_axil_app_ctrl_rdata(rdata_o[3]), .s_axil_app_ctrl_rresp(rresp_o[3]),
      .s_axil_app_ctrl_rvalid(rvalid_o[3]), .s_axil_app_ctrl_rready(ready_i[3]),
      .direct_rx_clk({rx1_clk_i, rx0_clk_i}),
      .direct_rx_rst(mac_rx_rst_i),
      .s_axis_direct_rx_tdata({rx_tdata_i[7], rx_tdata_i[6]}),
      .s_axis_direct_rx_tkeep({rx_tkeep_i[7], rx_tkeep_i[6]}),
      .s_axis_direct_rx_tvalid(rx_tvalid_i[7:6]),
      .s_axis_direct_rx_tready(rx_tready_o[7:6]),
      .s_axis_direct_rx_tlast(rx_tlast_i[7:6]),
      // Time stamps of ones above the mark of a bad frame.
      .s_axis_direct_rx_tuser({{96{1'b1}}, rx_tuser_i[7], {96{1'b1}}, rx_tuser_i[6]}),
      .direct_tx_clk({tx1_clk_i, tx0_clk_i}),
      .direct_tx_rst(mac_tx_rst_i),
      .m_axis_direct_tx_tdata({tx_tdata_o[7], tx_tdata_o[6]}),
      .m_axis_direct_tx_tkeep({tx_tkeep_o[7], tx_tkeep_o[6]}),
      .m_axis_direct_tx_tvalid(tx_tvalid_o[7:6]),
      .m_axis_direct_tx_tready(tx_tready_i[7:6]),
      .m_axis_direct_tx_tlast(tx_tlast_o[7:6]),
      .m_axis_direct_tx_tuser(corundum_tuser)
  );

  always_ff @(posedge corundum_clk_i) begin
    no_error_mark : assert (corundum_tuser == '0)
    else $error("a frame for the MAC is marked");
  end
  always_ff @(posedge opennic_clk_i) begin
    no_source : assert (opennic_src == '0)
    else $error("a frame for the adapter names a source");
  end
endmodule
