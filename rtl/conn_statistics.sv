// How many entries there are, expired ones included. Three events a cycle at most; the number is
// right three cycles later.
module conn_statistics #(
    parameter int unsigned BITS = 21
) (
    input  logic            clk_i,
    input  logic            rst_i,
    input  logic            grows_i,
    input  logic            shrinks_i,
    input  logic            swept_i,
    output logic [BITS-1:0] entries_o
);
  localparam int unsigned LOW = 8;

  // The lower bits, then what they carry or borrow: an adder of all would be too deep.
  logic [2:0] change_q;  // two's complement
  logic [LOW:0] sum;
  logic [LOW-1:0] low_q, low1_q;
  logic carry_q, borrow_q;
  logic [BITS-LOW-1:0] high_q;

  assign sum = {1'b0, low_q} + {{(LOW - 2) {change_q[2]}}, change_q};
  assign entries_o = {high_q, low1_q};

  always_ff @(posedge clk_i) begin
    change_q <= 3'(grows_i) - 3'(shrinks_i) - 3'(swept_i);
    low_q <= sum[LOW-1:0];
    carry_q <= sum[LOW] && !change_q[2];
    borrow_q <= sum[LOW] && change_q[2];
    low1_q <= low_q;
    if (carry_q) high_q <= high_q + 1'b1;
    if (borrow_q) high_q <= high_q - 1'b1;
    if (rst_i) {change_q, low_q, low1_q, carry_q, borrow_q, high_q} <= '0;
  end
endmodule
