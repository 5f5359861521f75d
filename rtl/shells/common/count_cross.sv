// Counts events of one clock, to be read with another; 32 bits, wraps.
module count_cross (
    input  logic        from_clk_i,
    input  logic        from_rst_i,
    input  logic        event_i,
    input  logic        to_clk_i,
    input  logic        to_rst_i,
    output logic [31:0] count_o
);
  logic [31:0] count;
  up_counter u_count (
      .clk_i(from_clk_i),
      .rst_i(from_rst_i),
      .step_i(event_i),
      .count_o(count)
  );

  gray_cross #(
      .WIDTH(32)
  ) u_gray_cross (
      .from_clk_i,
      .from_rst_i,
      .value_i(count),
      .to_clk_i,
      .to_rst_i,
      .value_o(count_o)
  );
endmodule
