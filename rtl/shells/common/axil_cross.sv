// AXI4-Lite from one clock to another: each channel through a FIFO of four.
//
// Requests keep their order; a response takes about 10 cycles of the slower clock more. rst_i
// belongs to no clock; what is under way in a reset is lost on both sides.
module axil_cross (
    input logic rst_i,

    input  logic        s_clk_i,
    input  logic [15:0] s_axil_awaddr_i,
    input  logic        s_axil_awvalid_i,
    output logic        s_axil_awready_o,
    input  logic [31:0] s_axil_wdata_i,
    input  logic [ 3:0] s_axil_wstrb_i,
    input  logic        s_axil_wvalid_i,
    output logic        s_axil_wready_o,
    output logic [ 1:0] s_axil_bresp_o,
    output logic        s_axil_bvalid_o,
    input  logic        s_axil_bready_i,
    input  logic [15:0] s_axil_araddr_i,
    input  logic        s_axil_arvalid_i,
    output logic        s_axil_arready_o,
    output logic [31:0] s_axil_rdata_o,
    output logic [ 1:0] s_axil_rresp_o,
    output logic        s_axil_rvalid_o,
    input  logic        s_axil_rready_i,

    input  logic        m_clk_i,
    output logic [15:0] m_axil_awaddr_o,
    output logic        m_axil_awvalid_o,
    input  logic        m_axil_awready_i,
    output logic [31:0] m_axil_wdata_o,
    output logic [ 3:0] m_axil_wstrb_o,
    output logic        m_axil_wvalid_o,
    input  logic        m_axil_wready_i,
    input  logic [ 1:0] m_axil_bresp_i,
    input  logic        m_axil_bvalid_i,
    output logic        m_axil_bready_o,
    output logic [15:0] m_axil_araddr_o,
    output logic        m_axil_arvalid_o,
    input  logic        m_axil_arready_i,
    input  logic [31:0] m_axil_rdata_i,
    input  logic [ 1:0] m_axil_rresp_i,
    input  logic        m_axil_rvalid_i,
    output logic        m_axil_rready_o
);
  logic s_rst, m_rst;
  reset_sync u_s_rst (
      .clk_i(s_clk_i),
      .async_rst_i(rst_i),
      .rst_o(s_rst)
  );
  reset_sync u_m_rst (
      .clk_i(m_clk_i),
      .async_rst_i(rst_i),
      .rst_o(m_rst)
  );

  word_cross #(
      .WIDTH(16)
  ) u_aw (
      .wr_clk_i(s_clk_i), .wr_rst_i(s_rst),
      .valid_i(s_axil_awvalid_i), .ready_o(s_axil_awready_o), .data_i(s_axil_awaddr_i),
      .rd_clk_i(m_clk_i), .rd_rst_i(m_rst),
      .valid_o(m_axil_awvalid_o), .ready_i(m_axil_awready_i), .data_o(m_axil_awaddr_o)
  );
  word_cross #(
      .WIDTH(36)
  ) u_w (
      .wr_clk_i(s_clk_i), .wr_rst_i(s_rst),
      .valid_i(s_axil_wvalid_i), .ready_o(s_axil_wready_o),
      .data_i({s_axil_wstrb_i, s_axil_wdata_i}),
      .rd_clk_i(m_clk_i), .rd_rst_i(m_rst),
      .valid_o(m_axil_wvalid_o), .ready_i(m_axil_wready_i),
      .data_o({m_axil_wstrb_o, m_axil_wdata_o})
  );
  word_cross #(
      .WIDTH(2)
  ) u_b (
      .wr_clk_i(m_clk_i), .wr_rst_i(m_rst),
      .valid_i(m_axil_bvalid_i), .ready_o(m_axil_bready_o), .data_i(m_axil_bresp_i),
      .rd_clk_i(s_clk_i), .rd_rst_i(s_rst),
      .valid_o(s_axil_bvalid_o), .ready_i(s_axil_bready_i), .data_o(s_axil_bresp_o)
  );
  word_cross #(
      .WIDTH(16)
  ) u_ar (
      .wr_clk_i(s_clk_i), .wr_rst_i(s_rst),
      .valid_i(s_axil_arvalid_i), .ready_o(s_axil_arready_o), .data_i(s_axil_araddr_i),
      .rd_clk_i(m_clk_i), .rd_rst_i(m_rst),
      .valid_o(m_axil_arvalid_o), .ready_i(m_axil_arready_i), .data_o(m_axil_araddr_o)
  );
  word_cross #(
      .WIDTH(34)
  ) u_r (
      .wr_clk_i(m_clk_i), .wr_rst_i(m_rst),
      .valid_i(m_axil_rvalid_i), .ready_o(m_axil_rready_o),
      .data_i({m_axil_rresp_i, m_axil_rdata_i}),
      .rd_clk_i(s_clk_i), .rd_rst_i(s_rst),
      .valid_o(s_axil_rvalid_o), .ready_i(s_axil_rready_i),
      .data_o({s_axil_rresp_o, s_axil_rdata_o})
  );
endmodule
