// The less of two loads and where it is, a cycle later.
module sched_node #(
    parameter int unsigned BITS = 6  // of a place
) (
    input  logic            clk_i,
    input  logic            ties_i,
    input  logic [    35:0] a_i,
    input  logic [BITS-1:0] a_place_i,
    input  logic [    35:0] b_i,
    input  logic [BITS-1:0] b_place_i,
    output logic [    35:0] load_o,
    output logic [BITS-1:0] place_o
);
  logic second;
  sched_less u_less (
      .a_i,
      .b_i,
      .ties_i,
      .b_o(second)
  );
  always_ff @(posedge clk_i) begin
    load_o  <= second ? b_i : a_i;
    place_o <= second ? b_place_i : a_place_i;
  end
endmodule
