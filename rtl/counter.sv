// A counter and its frozen copy. Adds add_i when valid_i; freeze_i copies the value before the add
// of its own cycle. Wraps at BITS.
//
// Three parts, each a cycle behind the one below, which hands it the carry: an adder of the whole
// width would be too deep. frozen_o is right three cycles after freeze_i.
module counter #(
    parameter int unsigned BITS = 48,
    parameter int unsigned ADD_BITS = 1,
    localparam int unsigned LOW_BITS = 16
) (
    input  logic                clk_i,
    input  logic                rst_i,
    input  logic                valid_i,
    input  logic [ADD_BITS-1:0] add_i,
    input  logic                freeze_i,
    output logic [    BITS-1:0] frozen_o
);
  localparam int unsigned MIDDLE_BITS = (BITS - LOW_BITS) / 2;
  localparam int unsigned HIGH_BITS = BITS - LOW_BITS - MIDDLE_BITS;

  logic [LOW_BITS-1:0] low_q;
  logic [MIDDLE_BITS-1:0] middle_q;
  logic [HIGH_BITS-1:0] high_q;
  logic carry_low_q, carry_middle_q;
  logic [2:1] freeze_q;

  always_ff @(posedge clk_i) begin
    carry_low_q <= 1'b0;
    carry_middle_q <= 1'b0;
    freeze_q <= {freeze_q[1], freeze_i};
    if (valid_i) {carry_low_q, low_q} <= {1'b0, low_q} + (LOW_BITS + 1)'(add_i);
    if (carry_low_q) {carry_middle_q, middle_q} <= {1'b0, middle_q} + 1'b1;
    if (carry_middle_q) high_q <= high_q + 1'b1;
    if (freeze_i) frozen_o[LOW_BITS-1:0] <= low_q;
    if (freeze_q[1]) frozen_o[LOW_BITS+:MIDDLE_BITS] <= middle_q;
    if (freeze_q[2]) frozen_o[BITS-1:LOW_BITS+MIDDLE_BITS] <= high_q;
    if (rst_i) begin
      {high_q, middle_q, low_q} <= '0;
      carry_low_q <= 1'b0;
      carry_middle_q <= 1'b0;
      freeze_q <= 2'd0;
      frozen_o <= '0;
    end
  end
endmodule
