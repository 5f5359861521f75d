// A counter seen from another clock, up to 4 of its cycles late and never wrong.
//
// value_i rises (and wraps) by at most one a cycle: its Gray code changes in one bit, so that
// whatever moment the other clock samples, it sees a value that was there.
module gray_cross #(
    parameter int unsigned WIDTH = 8
) (
    input  logic             from_clk_i,
    input  logic             from_rst_i,
    input  logic [WIDTH-1:0] value_i,
    input  logic             to_clk_i,
    input  logic             to_rst_i,
    output logic [WIDTH-1:0] value_o
);
  logic [WIDTH-1:0] gray_q, gray_there, binary;

  always_ff @(posedge from_clk_i) begin
    if (from_rst_i) gray_q <= '0;
    else gray_q <= value_i ^ (value_i >> 1);
  end

  sync_bits #(
      .WIDTH(WIDTH)
  ) u_sync_bits (
      .clk_i (to_clk_i),
      .rst_i (to_rst_i),
      .bits_i(gray_q),
      .bits_o(gray_there)
  );

  always_comb begin
    for (int i = 0; i < WIDTH; i++) binary[i] = ^(gray_there >> i);
  end
  always_ff @(posedge to_clk_i) value_o <= to_rst_i ? '0 : binary;

`ifndef SYNTHESIS
  logic [WIDTH-1:0] last_q;
  logic started_q;
  initial started_q = 1'b0;
  always_ff @(posedge from_clk_i) begin
    last_q <= value_i;
    started_q <= !from_rst_i;
    one_step : assert (from_rst_i || !started_q || value_i - last_q <= WIDTH'(1))
    else $error("a counter that crosses clocks moved by more than one");
  end
`endif
endmodule
