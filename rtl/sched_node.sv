// The less of two loads and where it is, a cycle later if valid_i. A load is {1: may be chosen,
// load}; one that may be chosen is less than one that may not; of equal ones b if ties_i.
module sched_node #(
    parameter int unsigned BITS = 6  // of a place
) (
    input  logic            clk_i,
    input  logic            valid_i,
    input  logic            ties_i,
    input  logic [    35:0] a_i,
    input  logic [BITS-1:0] a_place_i,
    input  logic [    35:0] b_i,
    input  logic [BITS-1:0] b_place_i,
    output logic [    35:0] load_o,
    output logic [BITS-1:0] place_o
);
  // By twelve groups of three bits.
  function automatic logic takes_b(input logic [35:0] a_load, input logic [35:0] b_load,
                                   input logic ties);
    logic [35:0] a, b;
    logic [11:0] less, equal;
    a = {!a_load[35], a_load[34:0]};
    b = {!b_load[35], b_load[34:0]};
    for (int i = 0; i < 12; i++) begin
      less[i]  = b[3*i+:3] < a[3*i+:3];
      equal[i] = b[3*i+:3] == a[3*i+:3];
    end
    takes_b = ties && equal == '1;
    for (int i = 0; i < 12; i++) begin
      if (less[i] && (equal >> (i + 1)) == (12'hfff >> (i + 1))) takes_b = 1'b1;
    end
  endfunction

  // Only if valid, so that a simulation has nothing to do where nothing is asked.
  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      if (takes_b(a_i, b_i, ties_i)) begin
        load_o  <= b_i;
        place_o <= b_place_i;
      end else begin
        load_o  <= a_i;
        place_o <= a_place_i;
      end
    end
  end
endmodule
