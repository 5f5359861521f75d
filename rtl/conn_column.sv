// One memory of the connection table, as an UltraRAM is: port A reads; port B writes or reads. A
// word read in the cycle in which it is written is the old one on port A, anything on port B.
// Data come READ_CYCLES after the address, if it is valid; a write takes whole lanes. *_valid_i: the
// address, lowest, and those of the cycles before.
module conn_column #(
    parameter int unsigned ADDR_BITS = 16,
    parameter int unsigned LANES = 1,
    parameter int unsigned LANE_BITS = 72,
    parameter int unsigned READ_CYCLES = 4
) (
    input  logic                       clk_i,
    input  logic [    READ_CYCLES-1:0] a_valid_i,
    input  logic [      ADDR_BITS-1:0] a_addr_i,
    output logic [LANES*LANE_BITS-1:0] a_data_o,
    input  logic [    READ_CYCLES-1:0] b_valid_i,
    input  logic [          LANES-1:0] b_write_i,
    input  logic [      ADDR_BITS-1:0] b_addr_i,
    input  logic [LANES*LANE_BITS-1:0] b_data_i,
    output logic [LANES*LANE_BITS-1:0] b_data_o
);
  localparam int unsigned BITS = LANES * LANE_BITS;

  (* ram_style = "ultra" *)
  logic [BITS-1:0] memory[0:(1<<ADDR_BITS)-1];
  logic [BITS-1:0] a_q, b_q;

  always_ff @(posedge clk_i) if (a_valid_i[0]) a_q <= memory[a_addr_i];
  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < LANES; i++) begin
      if (b_write_i[i]) begin
        memory[b_addr_i][i*LANE_BITS+:LANE_BITS] <= b_data_i[i*LANE_BITS+:LANE_BITS];
      end
    end
    if (b_valid_i[0] && b_write_i == '0) b_q <= memory[b_addr_i];
  end

  logic [BITS*(READ_CYCLES-1)-1:0] unused_a, unused_b;
  conn_line #(
      .BITS  (BITS),
      .CYCLES(READ_CYCLES - 1)
  ) u_a (
      .clk_i,
      .moves_i(a_valid_i[READ_CYCLES-1:1]),
      .data_i(a_q),
      .line_o(unused_a),
      .data_o(a_data_o)
  );
  conn_line #(
      .BITS  (BITS),
      .CYCLES(READ_CYCLES - 1)
  ) u_b (
      .clk_i,
      .moves_i(b_valid_i[READ_CYCLES-1:1]),
      .data_i(b_q),
      .line_o(unused_b),
      .data_o(b_data_o)
  );

`ifndef SYNTHESIS
  initial for (int unsigned i = 0; i < (1 << ADDR_BITS); i++) memory[i] = '0;
`endif
endmodule
