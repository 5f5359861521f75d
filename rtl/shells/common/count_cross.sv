// Counts events of one clock, to be read with another; 32 bits, wraps.
module count_cross (
    input  logic        from_clk_i,
    input  logic        from_rst_i,
    input  logic        event_i,
    input  logic        to_clk_i,
    input  logic        to_rst_i,
    output logic [31:0] count_o
);
  logic [31:0] count_q;
  always_ff @(posedge from_clk_i) begin
    if (from_rst_i) count_q <= 32'd0;
    else if (event_i) count_q <= count_q + 32'd1;
  end

  gray_cross #(
      .WIDTH(32)
  ) u_gray_cross (
      .from_clk_i,
      .from_rst_i,
      .value_i(count_q),
      .to_clk_i,
      .to_rst_i,
      .value_o(count_o)
  );
endmodule
