// The shell's own registers behind the card's aperture; everything below goes on to the card.
//
// AXI4-Lite, one write and one read at a time; a read waits for the card's answer to the write
// whose address was taken before it, so no read overtakes a write. All registers are read-only
// (SLVERR on a write and where no register is). Addresses and meanings: layout/shell_registers.hpp.
module shell_registers #(
    parameter logic [31:0] KIND = 32'd0
) (
    input logic clk_i,
    input logic rst_i,

    input  logic        s_axil_awaddr_15_i,  // all of a write's address that counts here
    input  logic        s_axil_awvalid_i,
    output logic        s_axil_awready_o,
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

    // To the card; address and write data are the same wires.
    output logic        m_axil_awvalid_o,
    input  logic        m_axil_awready_i,
    output logic        m_axil_wvalid_o,
    input  logic        m_axil_wready_i,
    input  logic [ 1:0] m_axil_bresp_i,
    input  logic        m_axil_bvalid_i,
    output logic        m_axil_bready_o,
    output logic        m_axil_arvalid_o,
    input  logic        m_axil_arready_i,
    input  logic [31:0] m_axil_rdata_i,
    input  logic [ 1:0] m_axil_rresp_i,
    input  logic        m_axil_rvalid_i,
    output logic        m_axil_rready_o,

    input logic [   sluice_pkg::PORTS-1:0] tx_full_i,
    input logic [32*sluice_pkg::PORTS-1:0] rx_lost_i,
    input logic [32*sluice_pkg::PORTS-1:0] tx_lost_i
);
  localparam logic [1:0] OKAY = 2'b00;
  localparam logic [1:0] SLVERR = 2'b10;

  // Writes: the address says whose, then data and response follow it.
  typedef enum logic [1:0] {
    WRITE_IDLE,
    WRITE_CARD,
    WRITE_DATA,  // ours: the data is awaited
    WRITE_REFUSE
  } write_e;
  write_e write_q;
  logic write_ours;
  assign write_ours = s_axil_awaddr_15_i;
  assign m_axil_awvalid_o = write_q == WRITE_IDLE && s_axil_awvalid_i && !write_ours && !rst_i;
  assign s_axil_awready_o = write_q == WRITE_IDLE && !rst_i && (write_ours || m_axil_awready_i);
  assign m_axil_wvalid_o = write_q == WRITE_CARD && s_axil_wvalid_i;
  assign s_axil_wready_o = write_q == WRITE_DATA || (write_q == WRITE_CARD && m_axil_wready_i);
  assign m_axil_bready_o = write_q == WRITE_CARD && s_axil_bready_i;
  assign s_axil_bvalid_o = write_q == WRITE_REFUSE || (write_q == WRITE_CARD && m_axil_bvalid_i);
  assign s_axil_bresp_o = write_q == WRITE_REFUSE ? SLVERR : m_axil_bresp_i;

  always_ff @(posedge clk_i) begin
    unique case (write_q)
      WRITE_IDLE:
      if (s_axil_awvalid_i && s_axil_awready_o) write_q <= write_ours ? WRITE_DATA : WRITE_CARD;
      WRITE_DATA: if (s_axil_wvalid_i) write_q <= WRITE_REFUSE;
      default: if (s_axil_bvalid_o && s_axil_bready_i) write_q <= WRITE_IDLE;
    endcase
    if (rst_i) write_q <= WRITE_IDLE;
  end

  // Reads
  typedef enum logic [1:0] {
    READ_IDLE,
    READ_CARD,
    READ_OURS
  } read_e;
  read_e read_q;
  logic read_ours, known;
  logic [31:0] value, value_q;
  logic [1:0] resp_q;
  assign read_ours = s_axil_araddr_i[15];
  logic read_free;  // for a next read: the write before it is done
  assign read_free = read_q == READ_IDLE && !(write_q == WRITE_CARD && !m_axil_bvalid_i) && !rst_i;
  assign m_axil_arvalid_o = read_free && s_axil_arvalid_i && !read_ours;
  assign s_axil_arready_o = read_free && (read_ours || m_axil_arready_i);
  assign m_axil_rready_o = read_q == READ_CARD && s_axil_rready_i;
  assign s_axil_rvalid_o = read_q == READ_OURS || (read_q == READ_CARD && m_axil_rvalid_i);
  assign s_axil_rdata_o = read_q == READ_OURS ? value_q : m_axil_rdata_i;
  assign s_axil_rresp_o = read_q == READ_OURS ? resp_q : m_axil_rresp_i;

  always_comb begin
    known = 1'b1;
    case (s_axil_araddr_i)
      sluice_layout_pkg::SHELL_REG_SHELL_KIND: value = KIND;
      sluice_layout_pkg::SHELL_REG_TX_FULL: value = 32'(tx_full_i);
      sluice_layout_pkg::SHELL_REG_RX_LOST_0:  value = rx_lost_i[0+:32];
      sluice_layout_pkg::SHELL_REG_RX_LOST_1:  value = rx_lost_i[32+:32];
      sluice_layout_pkg::SHELL_REG_TX_LOST_0:  value = tx_lost_i[0+:32];
      sluice_layout_pkg::SHELL_REG_TX_LOST_1:  value = tx_lost_i[32+:32];
      default: begin
        value = 32'd0;
        known = 1'b0;
      end
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (s_axil_arvalid_i && s_axil_arready_o) begin
      value_q <= value;
      resp_q  <= known ? OKAY : SLVERR;
    end
    case (read_q)
      READ_IDLE:
      if (s_axil_arvalid_i && s_axil_arready_o) read_q <= read_ours ? READ_OURS : READ_CARD;
      default: if (s_axil_rvalid_o && s_axil_rready_i) read_q <= READ_IDLE;
    endcase
    if (rst_i) read_q <= READ_IDLE;
  end
endmodule
