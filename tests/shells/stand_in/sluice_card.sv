// Stands for the card where a shell is tested: the same ports, little inside.
//
// A good frame of port p leaves by the other port with its first byte inverted; a bad one is
// dropped. So does a frame for which there is no room, and `lost` counts it; a broken contract of
// the streams ends the test. Registers: the aperture's first 64 words, readable and writable
// (others: SLVERR); word 0 is 0x534c5549, word 13 counts ticks.
module sluice_card #(
    parameter logic [31:0] BUILD_ID = 32'd0,
    parameter logic [31:0] CLOCK_KHZ = 32'd0,
    parameter bit HAS_MEMORY = 1'b0
) (
    input logic clk_i,
    input logic rst_i,
    input logic tick_i,

    input logic [   1:0] rx_tvalid_i,
    input logic [1023:0] rx_tdata_i,
    input logic [ 127:0] rx_tkeep_i,
    input logic [   1:0] rx_tlast_i,
    input logic [   1:0] rx_tuser_i,

    output logic [   1:0] tx_tvalid_o,
    input  logic [   1:0] tx_tready_i,
    output logic [1023:0] tx_tdata_o,
    output logic [ 127:0] tx_tkeep_o,
    output logic [   1:0] tx_tlast_o,

    input  logic [15:0] s_axil_awaddr,
    input  logic        s_axil_awvalid,
    output logic        s_axil_awready,
    input  logic [31:0] s_axil_wdata,
    input  logic [ 3:0] s_axil_wstrb,
    input  logic        s_axil_wvalid,
    output logic        s_axil_wready,
    output logic [ 1:0] s_axil_bresp,
    output logic        s_axil_bvalid,
    input  logic        s_axil_bready,
    input  logic [15:0] s_axil_araddr,
    input  logic        s_axil_arvalid,
    output logic        s_axil_arready,
    output logic [31:0] s_axil_rdata,
    output logic [ 1:0] s_axil_rresp,
    output logic        s_axil_rvalid,
    input  logic        s_axil_rready,

    output logic         m_axi_arvalid,
    input  logic         m_axi_arready,
    output logic [ 63:0] m_axi_araddr,
    output logic [  7:0] m_axi_arlen,
    output logic [  2:0] m_axi_arsize,
    output logic [  1:0] m_axi_arburst,
    input  logic         m_axi_rvalid,
    output logic         m_axi_rready,
    input  logic [511:0] m_axi_rdata,
    input  logic [  1:0] m_axi_rresp,
    input  logic         m_axi_rlast
);
  // Reads one beat at address 0x40 over and over, if there is memory.
  logic axi_busy_q;
  assign m_axi_arvalid = HAS_MEMORY && !axi_busy_q && !rst_i;
  assign m_axi_araddr = 64'h40;
  assign m_axi_arlen = 8'd0;
  assign m_axi_arsize = 3'd6;
  assign m_axi_arburst = 2'b01;
  assign m_axi_rready = axi_busy_q;
  logic [31:0] memory_word_q, beats_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) axi_busy_q <= 1'b0;
    else if (m_axi_arvalid && m_axi_arready) axi_busy_q <= 1'b1;
    else if (m_axi_rvalid && m_axi_rlast) axi_busy_q <= 1'b0;
    if (rst_i) beats_q <= 32'd0;
    else if (m_axi_rvalid && m_axi_rready && m_axi_rresp == 2'b00) beats_q <= beats_q + 32'd1;
    if (m_axi_rvalid && m_axi_rready) memory_word_q <= m_axi_rdata[31:0];
  end

  for (genvar p = 0; p < 2; p++) begin : g_port
    logic full, inside_q, bad_q, last, drop;
    logic [511:0] data;
    assign last = rx_tvalid_i[p] && rx_tlast_i[p];
    assign drop = bad_q || full || rx_tuser_i[p];
    assign data = {
      rx_tdata_i[512*p+8+:504],
      inside_q ? rx_tdata_i[512*p+:8] : ~rx_tdata_i[512*p+:8]
    };
    always_ff @(posedge clk_i) begin
      if (rst_i) begin
        inside_q <= 1'b0;
        bad_q <= 1'b0;
      end else if (rx_tvalid_i[p]) begin
        inside_q <= !rx_tlast_i[p];
        bad_q <= !rx_tlast_i[p] && (bad_q || full);
      end
    end
    logic [576:0] out;
    logic valid;
    logic [11:0] unused_held;
    fifo #(
        .WIDTH(577),
        .DEPTH(1024)
    ) u_fifo (
        .clk_i,
        .rst_i,
        .push_i(rx_tvalid_i[p] && !full && !bad_q),
        .data_i({rx_tlast_i[p], rx_tkeep_i[64*p+:64], data}),
        .commit_i(last && !drop),
        .rollback_i(last && drop),
        .full_o(full),
        .valid_o(valid),
        .data_o(out),
        .pop_i(valid && tx_tready_i[1-p]),
        .held_o(unused_held)
    );
    assign tx_tvalid_o[1-p] = valid;
    assign {tx_tlast_o[1-p], tx_tkeep_o[64*(1-p)+:64], tx_tdata_o[512*(1-p)+:512]} = out;

    always_ff @(posedge clk_i) begin
      if (!rst_i && rx_tvalid_i[p]) begin
        keep : assert (rx_tkeep_i[64*p] && !(|(rx_tkeep_i[64*p+1+:63] & ~rx_tkeep_i[64*p+:63])))
        else $error("tkeep has a hole");
        keep_full : assert (rx_tlast_i[p] || &rx_tkeep_i[64*p+:64])
        else $error("a beat before the last one is not full");
      end
    end
  end

  logic unused;
  assign unused = ^m_axi_rdata;

  logic write, read, read_ack_q, write_ack_q;
  logic [15:2] write_addr, read_addr;
  logic [31:0] write_data;
  logic [31:0] registers[64];
  axil_slave u_axil_slave (
      .clk_i,
      .rst_i,
      .axil_awaddr_i(s_axil_awaddr), .axil_awvalid_i(s_axil_awvalid),
      .axil_awready_o(s_axil_awready),
      .axil_wdata_i(s_axil_wdata), .axil_wstrb_i(s_axil_wstrb), .axil_wvalid_i(s_axil_wvalid),
      .axil_wready_o(s_axil_wready),
      .axil_bresp_o(s_axil_bresp), .axil_bvalid_o(s_axil_bvalid), .axil_bready_i(s_axil_bready),
      .axil_araddr_i(s_axil_araddr), .axil_arvalid_i(s_axil_arvalid),
      .axil_arready_o(s_axil_arready),
      .axil_rdata_o(s_axil_rdata), .axil_rresp_o(s_axil_rresp), .axil_rvalid_o(s_axil_rvalid),
      .axil_rready_i(s_axil_rready),
      .write_o(write), .write_addr_o(write_addr), .write_data_o(write_data),
      .write_ack_i(write_ack_q), .write_error_i(write_addr >= 14'd64),
      .read_o(read), .read_addr_o(read_addr),
      .read_ack_i(read_ack_q), .read_error_i(read_addr >= 14'd64),
      .read_data_i(registers[read_addr[7:2]])
  );
  always_ff @(posedge clk_i) begin
    write_ack_q <= write && !rst_i;
    read_ack_q  <= read && !rst_i;
    if (write && write_addr < 14'd64) registers[write_addr[7:2]] <= write_data;
    if (tick_i) registers[13] <= registers[13] + 32'd1;
    registers[0]  <= 32'h534c5549;
    registers[2]  <= BUILD_ID;
    registers[11] <= CLOCK_KHZ;
    registers[20] <= memory_word_q;
    registers[21] <= beats_q;
    if (rst_i) registers[13] <= 32'd0;
  end
endmodule
