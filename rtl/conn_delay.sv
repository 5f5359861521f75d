// data_i, CYCLES later. No reset: what goes with it says whether it counts.
module conn_delay #(
    parameter int unsigned BITS = 8,
    parameter int unsigned CYCLES = 1
) (
    input  logic            clk_i,
    input  logic [BITS-1:0] data_i,
    output logic [BITS-1:0] data_o
);
  // A register each: a simulation moves them by copying, one long one by shifting.
  for (genvar i = 0; i < CYCLES; i++) begin : g_stage
    logic [BITS-1:0] data_q;
    if (i == 0) begin : g_first
      always_ff @(posedge clk_i) data_q <= data_i;
    end else begin : g_next
      always_ff @(posedge clk_i) data_q <= g_stage[i-1].data_q;
    end
  end
  assign data_o = g_stage[CYCLES-1].data_q;
endmodule
