// a_i times b_i, three cycles later: registers for a device's multipliers to take in.
module sched_multiply #(
    parameter int unsigned A_BITS = 21,
    parameter int unsigned B_BITS = 38
) (
    input  logic                     clk_i,
    input  logic [       A_BITS-1:0] a_i,
    input  logic [       B_BITS-1:0] b_i,
    output logic [A_BITS+B_BITS-1:0] product_o
);
  logic [A_BITS-1:0] a_q;
  logic [B_BITS-1:0] b_q;
  logic [A_BITS+B_BITS-1:0] product_q;

  always_ff @(posedge clk_i) begin
    a_q <= a_i;
    b_q <= b_i;
    product_q <= (A_BITS + B_BITS)'(a_q) * (A_BITS + B_BITS)'(b_q);
    product_o <= product_q;
  end
endmodule
