// AXI4-Lite on one side, one write and one read request at a time on the other.
//
// Address and data of a write may come in either order and any number of cycles apart. A request
// is a pulse; address and data stay as they are until the acknowledge pulse, which may come in any
// later cycle. Reads and writes are independent: a write that waits does not hold up reads.
// A write with a partial strobe and a misaligned address answer SLVERR and make no request.
// In reset nothing is ready, so what a master asks then waits; what it had asked before is lost.
module axil_slave (
    input logic clk_i,
    input logic rst_i,

    input  logic [15:0] axil_awaddr_i,
    input  logic        axil_awvalid_i,
    output logic        axil_awready_o,
    input  logic [31:0] axil_wdata_i,
    input  logic [ 3:0] axil_wstrb_i,
    input  logic        axil_wvalid_i,
    output logic        axil_wready_o,
    output logic [ 1:0] axil_bresp_o,
    output logic        axil_bvalid_o,
    input  logic        axil_bready_i,
    input  logic [15:0] axil_araddr_i,
    input  logic        axil_arvalid_i,
    output logic        axil_arready_o,
    output logic [31:0] axil_rdata_o,
    output logic [ 1:0] axil_rresp_o,
    output logic        axil_rvalid_o,
    input  logic        axil_rready_i,

    output logic        write_o,
    output logic [15:2] write_addr_o,
    output logic [31:0] write_data_o,
    input  logic        write_ack_i,
    input  logic        write_error_i,

    output logic        read_o,
    output logic [15:2] read_addr_o,
    input  logic        read_ack_i,
    input  logic        read_error_i,
    input  logic [31:0] read_data_i
);
  localparam logic [1:0] OKAY = 2'b00;
  localparam logic [1:0] SLVERR = 2'b10;

  // Writes
  logic aw_held_q, w_held_q, write_busy_q, whole_q, write_aligned_q;
  logic write_ready, write_refused;

  assign axil_awready_o = !aw_held_q && !rst_i;
  assign axil_wready_o = !w_held_q && !rst_i;
  assign write_ready = aw_held_q && w_held_q && !write_busy_q && !axil_bvalid_o;
  assign write_refused = write_ready && !(whole_q && write_aligned_q);
  assign write_o = write_ready && !write_refused;

  always_ff @(posedge clk_i) begin
    if (axil_awvalid_i && axil_awready_o) begin
      write_addr_o <= axil_awaddr_i[15:2];
      write_aligned_q <= axil_awaddr_i[1:0] == 2'd0;
    end
    if (axil_wvalid_i && axil_wready_o) begin
      write_data_o <= axil_wdata_i;
      whole_q <= axil_wstrb_i == 4'hf;
    end
    if (rst_i) begin
      aw_held_q <= 1'b0;
      w_held_q <= 1'b0;
      write_busy_q <= 1'b0;
      axil_bvalid_o <= 1'b0;
      axil_bresp_o <= OKAY;
    end else begin
      if (axil_awvalid_i) aw_held_q <= 1'b1;
      if (axil_wvalid_i) w_held_q <= 1'b1;
      if (write_o) write_busy_q <= 1'b1;
      if (axil_bready_i) axil_bvalid_o <= 1'b0;
      if (write_ack_i || write_refused) begin
        aw_held_q <= 1'b0;
        w_held_q <= 1'b0;
        write_busy_q <= 1'b0;
        axil_bvalid_o <= 1'b1;
        axil_bresp_o <= (write_refused || write_error_i) ? SLVERR : OKAY;
      end
    end
  end

  // Reads
  logic ar_held_q, read_busy_q, read_aligned_q;
  logic read_ready, read_refused;

  assign axil_arready_o = !ar_held_q && !rst_i;
  assign read_ready = ar_held_q && !read_busy_q && !axil_rvalid_o;
  assign read_refused = read_ready && !read_aligned_q;
  assign read_o = read_ready && !read_refused;

  always_ff @(posedge clk_i) begin
    if (axil_arvalid_i && axil_arready_o) begin
      read_addr_o <= axil_araddr_i[15:2];
      read_aligned_q <= axil_araddr_i[1:0] == 2'd0;
    end
    if (rst_i) begin
      ar_held_q <= 1'b0;
      read_busy_q <= 1'b0;
      axil_rvalid_o <= 1'b0;
      axil_rresp_o <= OKAY;
      axil_rdata_o <= 32'd0;
    end else begin
      if (axil_arvalid_i) ar_held_q <= 1'b1;
      if (read_o) read_busy_q <= 1'b1;
      if (axil_rready_i) axil_rvalid_o <= 1'b0;
      if (read_ack_i || read_refused) begin
        ar_held_q <= 1'b0;
        read_busy_q <= 1'b0;
        axil_rvalid_o <= 1'b1;
        axil_rresp_o <= (read_refused || read_error_i) ? SLVERR : OKAY;
        axil_rdata_o <= (read_refused || read_error_i) ? 32'd0 : read_data_i;
      end
    end
  end

`ifndef SYNTHESIS
  write_response_is_stable :
  assert property (@(posedge clk_i) disable iff (rst_i) axil_bvalid_o && !axil_bready_i |=>
      axil_bvalid_o && $stable(axil_bresp_o))
  else $error("a write response changed before it was taken");
  read_response_is_stable :
  assert property (@(posedge clk_i) disable iff (rst_i) axil_rvalid_o && !axil_rready_i |=>
      axil_rvalid_o && $stable(axil_rresp_o) && $stable(axil_rdata_o))
  else $error("a read response changed before it was taken");
  write_ack_has_request :
  assert property (@(posedge clk_i) disable iff (rst_i) write_ack_i |-> write_busy_q)
  else $error("acknowledge without a write");
  read_ack_has_request :
  assert property (@(posedge clk_i) disable iff (rst_i) read_ack_i |-> read_busy_q)
  else $error("acknowledge without a read");
`endif
endmodule
