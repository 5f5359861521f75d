// The card's time from a shell's clock: tick_o is one cycle in PERIOD.
module tick_divider #(
    parameter int unsigned PERIOD = 300000  // clock divided by TICK_HZ of the layouts
) (
    input  logic clk_i,
    input  logic rst_i,
    output logic tick_o
);
  logic [$clog2(PERIOD)-1:0] left_q;
  always_ff @(posedge clk_i) begin
    if (rst_i || left_q == '0) left_q <= ($clog2(PERIOD))'(PERIOD - 1);
    else left_q <= left_q - 1'b1;
    tick_o <= !rst_i && left_q == '0;
  end
endmodule
