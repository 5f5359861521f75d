// Included by OpenNIC's box of 250 MHz as box_250mhz_address_map_inst.vh: the card is alone in it,
// so its AXI-Lite is the box's. In BAR 2 the box begins at 0x100000.
wire axil_sluice_awvalid = s_axil_awvalid;
wire [31:0] axil_sluice_awaddr = s_axil_awaddr;
wire axil_sluice_awready;
assign s_axil_awready = axil_sluice_awready;
wire axil_sluice_wvalid = s_axil_wvalid;
wire [31:0] axil_sluice_wdata = s_axil_wdata;
wire axil_sluice_wready;
assign s_axil_wready = axil_sluice_wready;
wire axil_sluice_bvalid;
assign s_axil_bvalid = axil_sluice_bvalid;
wire [1:0] axil_sluice_bresp;
assign s_axil_bresp = axil_sluice_bresp;
wire axil_sluice_bready = s_axil_bready;
wire axil_sluice_arvalid = s_axil_arvalid;
wire [31:0] axil_sluice_araddr = s_axil_araddr;
wire axil_sluice_arready;
assign s_axil_arready = axil_sluice_arready;
wire axil_sluice_rvalid;
assign s_axil_rvalid = axil_sluice_rvalid;
wire [31:0] axil_sluice_rdata;
assign s_axil_rdata = axil_sluice_rdata;
wire [1:0] axil_sluice_rresp;
assign s_axil_rresp = axil_sluice_rresp;
wire axil_sluice_rready = s_axil_rready;
