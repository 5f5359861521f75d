// AXI4-Lite from one clock to another: requests through one FIFO of four, data and responses each
// through one of its own.
//
// Requests keep their order, reads among writes: a read is asked for when every write that was
// taken before it is answered at the other side. So it sees what they wrote, also if the master
// asks before it has their responses, as a PCIe bridge with posted writes may. A write and a read
// in the same cycle go by turns. A response takes about 10 cycles of the slower clock more. rst_i
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

  // Requests: the address, and whether it is a read.
  logic take_read, turn_read_q, request_ready;
  assign take_read = s_axil_arvalid_i && (!s_axil_awvalid_i || turn_read_q);
  assign s_axil_awready_o = request_ready && !take_read;
  assign s_axil_arready_o = request_ready && take_read;
  always_ff @(posedge s_clk_i) begin
    if (s_rst) turn_read_q <= 1'b0;
    else if (request_ready && (s_axil_awvalid_i || s_axil_arvalid_i)) turn_read_q <= !take_read;
  end

  logic there, is_read, go;
  logic [15:0] address;
  word_cross #(
      .WIDTH(17)
  ) u_request (
      .wr_clk_i(s_clk_i), .wr_rst_i(s_rst),
      .valid_i(s_axil_awvalid_i || s_axil_arvalid_i), .ready_o(request_ready),
      .data_i({take_read, take_read ? s_axil_araddr_i : s_axil_awaddr_i}),
      .rd_clk_i(m_clk_i), .rd_rst_i(m_rst),
      .valid_o(there), .ready_i(go), .data_o({is_read, address})
  );

  // Writes that wait for their answer; up to 7, so that the count has room.
  logic [2:0] waiting_q;
  logic write_goes, write_ends;
  assign m_axil_awaddr_o = address;
  assign m_axil_araddr_o = address;
  assign m_axil_awvalid_o = there && !is_read && waiting_q != 3'd7;
  assign m_axil_arvalid_o = there && is_read && waiting_q == 3'd0;
  assign write_goes = m_axil_awvalid_o && m_axil_awready_i;
  assign write_ends = m_axil_bvalid_i && m_axil_bready_o;
  assign go = write_goes || (m_axil_arvalid_o && m_axil_arready_i);
  always_ff @(posedge m_clk_i) begin
    if (m_rst) waiting_q <= 3'd0;
    else if (write_goes && !write_ends) waiting_q <= waiting_q + 3'd1;
    else if (!write_goes && write_ends && waiting_q != 3'd0) waiting_q <= waiting_q - 3'd1;
  end

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
