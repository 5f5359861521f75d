// The loads of one column of sched_least: a memory with its output register. What a read in the
// cycle of a write to the same row gives is undefined, as in a block RAM; simulations give garbage.
//
// Contents are zero when the FPGA is configured; reset does not touch them.
module sched_column #(
    parameter logic [5:0] COLUMN = 0
) (
    input logic clk_i,

    input logic        write_i,
    input logic [ 5:0] write_column_i,
    input logic [ 9:0] write_row_i,
    input logic [35:0] write_load_i,

    input  logic        read_i,
    input  logic        read1_i,  // read_i a cycle ago
    input  logic [ 9:0] row_i,
    output logic [35:0] load_o    // two cycles after read_i
);
  logic [35:0] memory[0:1023];
  logic [35:0] load_q;

  always_ff @(posedge clk_i) begin
    if (write_i) begin
      if (write_column_i == COLUMN) memory[write_row_i] <= write_load_i;
    end
  end
  always_ff @(posedge clk_i) begin
    if (read_i) begin
      load_q <= memory[row_i];
`ifndef SYNTHESIS
      if (write_i && write_column_i == COLUMN && write_row_i == row_i) load_q <= ~write_load_i;
`endif
    end
    if (read1_i) load_o <= load_q;
  end

`ifndef SYNTHESIS
  initial for (int unsigned i = 0; i < 1024; i++) memory[i] = '0;
`endif
endmodule
