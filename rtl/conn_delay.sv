// data_i, CYCLES later. No reset: what goes with it says whether it counts.
module conn_delay #(
    parameter int unsigned BITS = 8,
    parameter int unsigned CYCLES = 1
) (
    input  logic            clk_i,
    input  logic [BITS-1:0] data_i,
    output logic [BITS-1:0] data_o
);
  logic [BITS*CYCLES-1:0] line_q;

  assign data_o = line_q[BITS*(CYCLES-1)+:BITS];

  always_ff @(posedge clk_i) line_q <= (BITS * CYCLES)'({line_q, data_i});
endmodule
