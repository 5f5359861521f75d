// Bits of another clock, two registers later.
//
// Each bit is right on its own; bits that belong together must change one at a time (gray_cross).
// In simulation a bit that changed just before the edge is sometimes seen a cycle late, as in
// hardware: what crosses clocks wrongly fails in tests.
module sync_bits #(
    parameter int unsigned WIDTH = 1
) (
    input  logic             clk_i,
    input  logic             rst_i,
    input  logic [WIDTH-1:0] bits_i,
    output logic [WIDTH-1:0] bits_o
);
  (* ASYNC_REG = "TRUE" *)logic [WIDTH-1:0] first_q;
  (* ASYNC_REG = "TRUE" *)logic [WIDTH-1:0] second_q;
  assign bits_o = second_q;

`ifdef SYNTHESIS
  logic [WIDTH-1:0] sampled;
  assign sampled = bits_i;
`else
  // The last change, if this clock has not had an edge since: each of its bits may come late.
  logic [WIDTH-1:0] older, newest, late_q, sampled;
  logic change, change_q;
  initial change = 1'b0;
  always @(bits_i) begin
    older <= newest;
    newest <= bits_i;
    change <= !change;
  end
  assign sampled = change == change_q ? bits_i : bits_i ^ ((bits_i ^ older) & late_q);
  always_ff @(posedge clk_i) begin
    change_q <= change;
    for (int i = 0; i < WIDTH; i++) late_q[i] <= 1'($urandom);
  end
`endif

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      first_q  <= '0;
      second_q <= '0;
    end else begin
      first_q  <= sampled;
      second_q <= first_q;
    end
  end
endmodule
