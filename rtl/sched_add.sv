// a_i + b_i + carry_i, in halves: the upper one is there for either carry before the lower one is.
module sched_add #(
    parameter int unsigned BITS = 21
) (
    input  logic [BITS-1:0] a_i,
    input  logic [BITS-1:0] b_i,
    input  logic            carry_i,
    output logic [BITS-1:0] sum_o
);
  localparam int unsigned LOW = (BITS - 1) / 2;

  // One bit below the lowest makes the carry in.
  logic [LOW+1:0] low;
  logic [BITS-LOW-1:0] high, high_carry;
  logic unused;
  assign low = {1'b0, a_i[LOW-1:0], carry_i} + {1'b0, b_i[LOW-1:0], carry_i};
  assign high = a_i[BITS-1:LOW] + b_i[BITS-1:LOW];
  assign {high_carry, unused} = {a_i[BITS-1:LOW], 1'b1} + {b_i[BITS-1:LOW], 1'b1};
  assign sum_o = {low[LOW+1] ? high_carry : high, low[LOW:1]};
endmodule
