// A counter and its frozen copy. Adds add_i in the next cycle; freeze_i copies the value before the
// add of its own cycle. Both wrap at BITS.
module counter #(
    parameter int unsigned BITS = 48,
    parameter int unsigned ADD_BITS = 1
) (
    input  logic                clk_i,
    input  logic                rst_i,
    input  logic                valid_i,
    input  logic [ADD_BITS-1:0] add_i,
    input  logic                freeze_i,
    output logic [    BITS-1:0] frozen_o
);
  logic [BITS-1:0] value_q;
  logic [ADD_BITS:0] low_sum;
  logic [BITS-ADD_BITS-1:0] high_plus_one;

  // The upper part only ever takes a carry: carry select keeps the adder shallow.
  assign low_sum = {1'b0, value_q[ADD_BITS-1:0]} + {1'b0, add_i};
  assign high_plus_one = value_q[BITS-1:ADD_BITS] + 1'b1;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      value_q  <= '0;
      frozen_o <= '0;
    end else begin
      if (valid_i) begin
        value_q[ADD_BITS-1:0] <= low_sum[ADD_BITS-1:0];
        if (low_sum[ADD_BITS]) value_q[BITS-1:ADD_BITS] <= high_plus_one;
      end
      if (freeze_i) frozen_o <= value_q;
    end
  end
endmodule
