// A reset for one clock: begins at once, even if the clock stands still, and ends with it.
//
// rst_o stays high for STAGES cycles after async_rst_i. Two resets from the same async_rst_i end at
// different times; what lies between two clocks needs async_rst_i high for 2 cycles of each.
module reset_sync #(
    parameter int unsigned STAGES = 4
) (
    input  logic clk_i,
    input  logic async_rst_i,
    output logic rst_o
);
  (* ASYNC_REG = "TRUE" *)logic [STAGES-1:0] chain_q;
  initial chain_q = '1;
  assign rst_o = chain_q[STAGES-1];

  always_ff @(posedge clk_i or posedge async_rst_i) begin
    if (async_rst_i) chain_q <= '1;
    else chain_q <= {chain_q[STAGES-2:0], 1'b0};
  end
endmodule
