// Counts step_i, from zero at reset; wraps. count_o is PARTS cycles behind step_i.
//
// Each part counts a cycle behind the one below, for an adder of the whole width would be too deep.
// The lower parts are delayed by what the upper ones are late, so count_o is always a value that
// the counter had.
module up_counter #(
    parameter int unsigned PARTS = 2,
    parameter int unsigned PART_BITS = 16
) (
    input  logic                       clk_i,
    input  logic                       rst_i,
    input  logic                       step_i,
    output logic [PARTS*PART_BITS-1:0] count_o
);
  logic [PARTS-1:0] carry_q;  // out of each part
  logic [PARTS-1:0] step;

  assign step = PARTS'({carry_q, step_i});

  for (genvar i = 0; i < PARTS; i++) begin : gen_part
    localparam int unsigned DELAY = PARTS - 1 - i;
    logic [(DELAY+1)*PART_BITS-1:0] part_q;  // and what it was in the cycles before

    always_ff @(posedge clk_i) begin
      carry_q[i] <= step[i] && &part_q[PART_BITS-1:0];
      if (step[i]) part_q[PART_BITS-1:0] <= part_q[PART_BITS-1:0] + PART_BITS'(1);
      for (int unsigned k = 1; k <= DELAY; k++) begin
        part_q[k*PART_BITS+:PART_BITS] <= part_q[(k-1)*PART_BITS+:PART_BITS];
      end
      if (rst_i) begin
        carry_q[i] <= 1'b0;
        part_q <= '0;
      end
    end
    assign count_o[i*PART_BITS+:PART_BITS] = part_q[DELAY*PART_BITS+:PART_BITS];
  end
endmodule
