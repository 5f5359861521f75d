// The parts that shells share, side by side, between two clocks that the test chooses.
module common_bench (
    input logic a_clk_i,
    input logic b_clk_i,
    input logic rst_i,
    input logic a_rst_i,  // synchronous to a_clk_i

    // Frames from a to b: [0] waits for room, up to 40 cycles; [1] never waits.
    input  logic [  1:0] s_tvalid_i,
    output logic [  1:0] s_tready_o,
    input  logic [511:0] s_tdata_i [2],
    input  logic [ 63:0] s_tkeep_i [2],
    input  logic [  1:0] s_tlast_i,
    input  logic [  1:0] s_tuser_i,
    output logic [  1:0] dropped_o,
    output logic [  1:0] full_o,
    output logic [  1:0] m_tvalid_o,
    input  logic [  1:0] m_tready_i,
    output logic [511:0] m_tdata_o [2],
    output logic [ 63:0] m_tkeep_o [2],
    output logic [  1:0] m_tlast_o,
    output logic [  1:0] m_tuser_o,
    output logic [ 15:0] m_bytes_o [2],
    output logic [ 31:0] dropped_there_o,  // of [1], counted with b_clk_i

    // AXI-Lite from a to b
    input  logic [15:0] s_awaddr_i,
    input  logic        s_awvalid_i,
    output logic        s_awready_o,
    input  logic [31:0] s_wdata_i,
    input  logic [ 3:0] s_wstrb_i,
    input  logic        s_wvalid_i,
    output logic        s_wready_o,
    output logic [ 1:0] s_bresp_o,
    output logic        s_bvalid_o,
    input  logic        s_bready_i,
    input  logic [15:0] s_araddr_i,
    input  logic        s_arvalid_i,
    output logic        s_arready_o,
    output logic [31:0] s_rdata_o,
    output logic [ 1:0] s_rresp_o,
    output logic        s_rvalid_o,
    input  logic        s_rready_i,
    output logic [15:0] m_awaddr_o,
    output logic        m_awvalid_o,
    input  logic        m_awready_i,
    output logic [31:0] m_wdata_o,
    output logic [ 3:0] m_wstrb_o,
    output logic        m_wvalid_o,
    input  logic        m_wready_i,
    input  logic [ 1:0] m_bresp_i,
    input  logic        m_bvalid_i,
    output logic        m_bready_o,
    output logic [15:0] m_araddr_o,
    output logic        m_arvalid_o,
    input  logic        m_arready_i,
    input  logic [31:0] m_rdata_i,
    input  logic [ 1:0] m_rresp_i,
    input  logic        m_rvalid_i,
    output logic        m_rready_o,

    // A counter of a as b sees it, crossed rightly and wrongly.
    output logic [7:0] counter_o,
    output logic [7:0] gray_there_o,
    output logic [7:0] binary_there_o,

    output logic b_rst_o,
    output logic tick_o
);
  reset_sync u_reset_sync (
      .clk_i(b_clk_i),
      .async_rst_i(rst_i),
      .rst_o(b_rst_o)
  );
  logic b_rst;  // b_rst_o, for what must be in reset with it
  assign b_rst = b_rst_o;

  frame_cross #(
      .DEPTH(16),
      .PATIENCE(40)
  ) u_waits (
      .rst_i,
      .wr_clk_i(a_clk_i),
      .s_rst_i(a_rst_i),
      .s_tvalid_i(s_tvalid_i[0]), .s_tready_o(s_tready_o[0]), .s_tdata_i(s_tdata_i[0]),
      .s_tkeep_i(s_tkeep_i[0]), .s_tlast_i(s_tlast_i[0]), .s_tuser_i(s_tuser_i[0]),
      .dropped_o(dropped_o[0]), .full_o(full_o[0]),
      .rd_clk_i(b_clk_i),
      .m_tvalid_o(m_tvalid_o[0]), .m_tready_i(m_tready_i[0]), .m_tdata_o(m_tdata_o[0]),
      .m_tkeep_o(m_tkeep_o[0]), .m_tlast_o(m_tlast_o[0]), .m_tuser_o(m_tuser_o[0]),
      .m_bytes_o(m_bytes_o[0])
  );
  frame_cross #(
      .DEPTH(16),
      .PATIENCE(0)
  ) u_never_waits (
      .rst_i,
      .wr_clk_i(a_clk_i),
      .s_rst_i(a_rst_i),
      .s_tvalid_i(s_tvalid_i[1]), .s_tready_o(s_tready_o[1]), .s_tdata_i(s_tdata_i[1]),
      .s_tkeep_i(s_tkeep_i[1]), .s_tlast_i(s_tlast_i[1]), .s_tuser_i(s_tuser_i[1]),
      .dropped_o(dropped_o[1]), .full_o(full_o[1]),
      .rd_clk_i(b_clk_i),
      .m_tvalid_o(m_tvalid_o[1]), .m_tready_i(m_tready_i[1]), .m_tdata_o(m_tdata_o[1]),
      .m_tkeep_o(m_tkeep_o[1]), .m_tlast_o(m_tlast_o[1]), .m_tuser_o(m_tuser_o[1]),
      .m_bytes_o(m_bytes_o[1])
  );
  count_cross u_dropped_there (
      .from_clk_i(a_clk_i),
      .from_rst_i(a_rst_i),
      .event_i(dropped_o[1]),
      .to_clk_i(b_clk_i),
      .to_rst_i(b_rst),
      .count_o(dropped_there_o)
  );

  axil_cross u_bridge (
      .rst_i,
      .s_clk_i(a_clk_i),
      .s_axil_awaddr_i(s_awaddr_i), .s_axil_awvalid_i(s_awvalid_i), .s_axil_awready_o(s_awready_o),
      .s_axil_wdata_i(s_wdata_i), .s_axil_wstrb_i(s_wstrb_i), .s_axil_wvalid_i(s_wvalid_i),
      .s_axil_wready_o(s_wready_o),
      .s_axil_bresp_o(s_bresp_o), .s_axil_bvalid_o(s_bvalid_o), .s_axil_bready_i(s_bready_i),
      .s_axil_araddr_i(s_araddr_i), .s_axil_arvalid_i(s_arvalid_i), .s_axil_arready_o(s_arready_o),
      .s_axil_rdata_o(s_rdata_o), .s_axil_rresp_o(s_rresp_o), .s_axil_rvalid_o(s_rvalid_o),
      .s_axil_rready_i(s_rready_i),
      .m_clk_i(b_clk_i),
      .m_axil_awaddr_o(m_awaddr_o), .m_axil_awvalid_o(m_awvalid_o), .m_axil_awready_i(m_awready_i),
      .m_axil_wdata_o(m_wdata_o), .m_axil_wstrb_o(m_wstrb_o), .m_axil_wvalid_o(m_wvalid_o),
      .m_axil_wready_i(m_wready_i),
      .m_axil_bresp_i(m_bresp_i), .m_axil_bvalid_i(m_bvalid_i), .m_axil_bready_o(m_bready_o),
      .m_axil_araddr_o(m_araddr_o), .m_axil_arvalid_o(m_arvalid_o), .m_axil_arready_i(m_arready_i),
      .m_axil_rdata_i(m_rdata_i), .m_axil_rresp_i(m_rresp_i), .m_axil_rvalid_i(m_rvalid_i),
      .m_axil_rready_o(m_rready_o)
  );

  always_ff @(posedge a_clk_i) counter_o <= a_rst_i ? 8'd0 : counter_o + 8'd1;
  gray_cross #(
      .WIDTH(8)
  ) u_gray (
      .from_clk_i(a_clk_i),
      .from_rst_i(a_rst_i),
      .value_i(counter_o),
      .to_clk_i(b_clk_i),
      .to_rst_i(b_rst),
      .value_o(gray_there_o)
  );
  sync_bits #(
      .WIDTH(8)
  ) u_binary (
      .clk_i(b_clk_i),
      .rst_i(b_rst),
      .bits_i(counter_o),
      .bits_o(binary_there_o)
  );

  tick_divider #(
      .PERIOD(5)
  ) u_tick (
      .clk_i(b_clk_i),
      .rst_i(b_rst),
      .tick_o
  );
endmodule
