// Two sources of register writes on one way: the host (a) and the write list (b), in turn.
//
// On each side a request is a pulse, and address and data stay until the acknowledge pulse. The
// host goes first; as neither asks again in the cycle of its acknowledge, the other side's next
// request gets in between.
module write_mux (
    input logic clk_i,
    input logic rst_i,

    input  logic        a_write_i,
    input  logic [15:2] a_addr_i,
    input  logic [31:0] a_data_i,
    output logic        a_ack_o,
    input  logic        b_write_i,
    input  logic [15:2] b_addr_i,
    input  logic [31:0] b_data_i,
    output logic        b_ack_o,

    output logic        write_o,
    output logic [15:2] addr_o,
    output logic [31:0] data_o,
    input  logic        ack_i
);
  logic a_waits_q, b_waits_q, busy_q, is_b_q;

  assign a_ack_o = ack_i && !is_b_q;
  assign b_ack_o = ack_i && is_b_q;

  always_ff @(posedge clk_i) begin
    write_o <= 1'b0;
    if (a_write_i) a_waits_q <= 1'b1;
    if (b_write_i) b_waits_q <= 1'b1;
    if (!busy_q && (a_waits_q || b_waits_q)) begin
      busy_q  <= 1'b1;
      write_o <= 1'b1;
      is_b_q  <= !a_waits_q;
      addr_o  <= a_waits_q ? a_addr_i : b_addr_i;
      data_o  <= a_waits_q ? a_data_i : b_data_i;
    end
    if (ack_i) begin
      busy_q <= 1'b0;
      if (is_b_q) b_waits_q <= 1'b0;
      else a_waits_q <= 1'b0;
    end
    if (rst_i) begin
      a_waits_q <= 1'b0;
      b_waits_q <= 1'b0;
      busy_q <= 1'b0;
      write_o <= 1'b0;
    end
  end

`ifndef SYNTHESIS
  acknowledge_has_request :
  assert property (@(posedge clk_i) disable iff (rst_i) ack_i |-> busy_q)
  else $error("acknowledge without a write");
`endif
endmodule
