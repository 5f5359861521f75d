// data_i, CYCLES later, as conn_delay, but each register only where something valid comes into it:
// moves_i, the first one's lowest. All registers side by side are in line_o.
module conn_line #(
    parameter int unsigned BITS = 8,
    parameter int unsigned CYCLES = 1
) (
    input  logic                   clk_i,
    input  logic [     CYCLES-1:0] moves_i,
    input  logic [       BITS-1:0] data_i,
    output logic [BITS*CYCLES-1:0] line_o,
    output logic [       BITS-1:0] data_o
);
  for (genvar i = 0; i < CYCLES; i++) begin : g_stage
    logic [BITS-1:0] data_q;
    if (i == 0) begin : g_first
      always_ff @(posedge clk_i) if (moves_i[i]) data_q <= data_i;
    end else begin : g_next
      always_ff @(posedge clk_i) if (moves_i[i]) data_q <= g_stage[i-1].data_q;
    end
    assign line_o[BITS*i+:BITS] = data_q;
  end
  assign data_o = g_stage[CYCLES-1].data_q;
endmodule
