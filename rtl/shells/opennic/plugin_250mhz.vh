// Included by OpenNIC's box of 250 MHz as user_plugin_250mhz_inst.vh: the card between the adapters
// of both MACs. Build with two CMAC ports and two physical functions; elaboration stops otherwise.
if (NUM_CMAC_PORT != 2 || NUM_PHYS_FUNC != 2) begin : g_wrong_box
  $fatal(1, "Sluice needs two CMAC ports and two physical functions");
end

// The reset pair 0 is the card's; unused ones are always done.
assign mod_rst_done[15:1] = {15{1'b1}};

// The NIC's own queues: what the host sends is taken and thrown away, nothing is sent to it.
assign s_axis_qdma_h2c_tready = {NUM_PHYS_FUNC{1'b1}};
assign m_axis_qdma_c2h_tvalid = {NUM_PHYS_FUNC{1'b0}};
assign m_axis_qdma_c2h_tdata = {512 * NUM_PHYS_FUNC{1'b0}};
assign m_axis_qdma_c2h_tkeep = {64 * NUM_PHYS_FUNC{1'b0}};
assign m_axis_qdma_c2h_tlast = {NUM_PHYS_FUNC{1'b0}};
assign m_axis_qdma_c2h_tuser_size = {16 * NUM_PHYS_FUNC{1'b0}};
assign m_axis_qdma_c2h_tuser_src = {16 * NUM_PHYS_FUNC{1'b0}};
assign m_axis_qdma_c2h_tuser_dst = {16 * NUM_PHYS_FUNC{1'b0}};

sluice_250mhz u_sluice (
    .axis_aclk(axis_aclk),
    .axil_aclk(axil_aclk),
    .mod_rstn(mod_rstn[0]),
    .mod_rst_done(mod_rst_done[0]),
    .s_axil_awvalid(axil_sluice_awvalid),
    .s_axil_awaddr(axil_sluice_awaddr),
    .s_axil_awready(axil_sluice_awready),
    .s_axil_wvalid(axil_sluice_wvalid),
    .s_axil_wdata(axil_sluice_wdata),
    .s_axil_wready(axil_sluice_wready),
    .s_axil_bvalid(axil_sluice_bvalid),
    .s_axil_bresp(axil_sluice_bresp),
    .s_axil_bready(axil_sluice_bready),
    .s_axil_arvalid(axil_sluice_arvalid),
    .s_axil_araddr(axil_sluice_araddr),
    .s_axil_arready(axil_sluice_arready),
    .s_axil_rvalid(axil_sluice_rvalid),
    .s_axil_rdata(axil_sluice_rdata),
    .s_axil_rresp(axil_sluice_rresp),
    .s_axil_rready(axil_sluice_rready),
    .s_axis_adap_rx_250mhz_tvalid(s_axis_adap_rx_250mhz_tvalid),
    .s_axis_adap_rx_250mhz_tdata(s_axis_adap_rx_250mhz_tdata),
    .s_axis_adap_rx_250mhz_tkeep(s_axis_adap_rx_250mhz_tkeep),
    .s_axis_adap_rx_250mhz_tlast(s_axis_adap_rx_250mhz_tlast),
    .s_axis_adap_rx_250mhz_tready(s_axis_adap_rx_250mhz_tready),
    .m_axis_adap_tx_250mhz_tvalid(m_axis_adap_tx_250mhz_tvalid),
    .m_axis_adap_tx_250mhz_tdata(m_axis_adap_tx_250mhz_tdata),
    .m_axis_adap_tx_250mhz_tkeep(m_axis_adap_tx_250mhz_tkeep),
    .m_axis_adap_tx_250mhz_tlast(m_axis_adap_tx_250mhz_tlast),
    .m_axis_adap_tx_250mhz_tuser_size(m_axis_adap_tx_250mhz_tuser_size),
    .m_axis_adap_tx_250mhz_tuser_src(m_axis_adap_tx_250mhz_tuser_src),
    .m_axis_adap_tx_250mhz_tuser_dst(m_axis_adap_tx_250mhz_tuser_dst),
    .m_axis_adap_tx_250mhz_tready(m_axis_adap_tx_250mhz_tready)
);
