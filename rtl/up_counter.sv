// Counts step_i, from zero at reset; wraps. Each 16-bit part is a cycle behind the one below, so
// for three cycles after a part wraps the upper ones are old: read them before and after.
module up_counter #(
    parameter int unsigned PARTS = 2
) (
    input  logic                clk_i,
    input  logic                rst_i,
    input  logic                step_i,
    output logic [PARTS*16-1:0] count_o
);
  logic [PARTS-1:0] carry_q;  // out of each part
  logic [PARTS-1:0] step;

  assign step = PARTS'({carry_q, step_i});

  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < PARTS; i++) begin
      carry_q[i] <= step[i] && &count_o[i*16+:16];
      if (step[i]) count_o[i*16+:16] <= count_o[i*16+:16] + 16'd1;
    end
    if (rst_i) begin
      carry_q <= '0;
      count_o <= '0;
    end
  end
endmodule
