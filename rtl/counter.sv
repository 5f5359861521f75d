// A counter and its frozen copy. Adds add_i when valid_i; freeze_i copies the value before the add
// of its own cycle. Wraps at BITS.
//
// Three parts, each behind the one below, which hands it the carry: an adder of the whole width
// would be too deep. frozen_o is right four cycles after freeze_i.
module counter #(
    parameter int unsigned BITS = 48,
    parameter int unsigned ADD_BITS = 1  // at most 16
) (
    input  logic                clk_i,
    input  logic                rst_i,
    input  logic                valid_i,
    input  logic [ADD_BITS-1:0] add_i,
    input  logic                freeze_i,
    output logic [    BITS-1:0] frozen_o
);
  localparam int unsigned LOW_BITS = 12;
  localparam int unsigned MIDDLE_BITS = (BITS - LOW_BITS) / 2;
  localparam int unsigned HIGH_BITS = BITS - LOW_BITS - MIDDLE_BITS;

  logic [LOW_BITS-1:0] low_q;
  logic [MIDDLE_BITS-1:0] middle_q;
  logic [HIGH_BITS-1:0] high_q;
  logic [15:0] add;
  logic low_carry_q, middle_carry_q;
  logic [3:0] upper_add_q;    // what is left of add_i above LOW_BITS
  logic [4:0] middle_add_q;
  logic [3:1] moving_q, freeze_q;  // where an add and a freeze are

  assign add = 16'(add_i);

  always_ff @(posedge clk_i) begin
    moving_q <= {moving_q[2:1], valid_i};
    freeze_q <= {freeze_q[2:1], freeze_i};
    if (valid_i || moving_q != 3'd0) begin
      {low_carry_q, upper_add_q} <= 5'd0;
      if (valid_i) begin
        {low_carry_q, low_q} <= {1'b0, low_q} + {1'b0, add[LOW_BITS-1:0]};
        upper_add_q <= add[15:LOW_BITS];
      end
      middle_add_q <= {1'b0, upper_add_q} + 5'(low_carry_q);
      {middle_carry_q, middle_q} <= {1'b0, middle_q} + (MIDDLE_BITS + 1)'(middle_add_q);
      if (middle_carry_q) high_q <= high_q + 1'b1;
    end
    if (freeze_i || freeze_q != 3'd0) begin
      if (freeze_i) frozen_o[LOW_BITS-1:0] <= low_q;
      if (freeze_q[2]) frozen_o[LOW_BITS+:MIDDLE_BITS] <= middle_q;
      if (freeze_q[3]) frozen_o[BITS-1:LOW_BITS+MIDDLE_BITS] <= high_q;
    end
    if (rst_i) begin
      {high_q, middle_q, low_q} <= '0;
      {low_carry_q, upper_add_q, middle_add_q, middle_carry_q} <= '0;
      {moving_q, freeze_q} <= 6'd0;
      frozen_o <= '0;
    end
  end
endmodule
