// One write port, one read port with its data two cycles after the address. What a read in the cycle
// of a write to the same entry gives is undefined, as in a block RAM; simulations give garbage.
//
// Contents are zero when the FPGA is configured; reset does not touch them.
module flow_ram #(
    parameter int unsigned BITS = 8,
    parameter int unsigned DEPTH = 16,
    localparam int unsigned ADDR_BITS = $clog2(DEPTH)
) (
    input logic clk_i,

    input logic                 write_i,
    input logic [ADDR_BITS-1:0] write_addr_i,
    input logic [     BITS-1:0] write_data_i,

    input  logic                 read_i,
    input  logic [ADDR_BITS-1:0] read_addr_i,
    output logic [     BITS-1:0] read_data_o
);
  logic [BITS-1:0] memory[0:DEPTH-1];
  logic [BITS-1:0] data_q;
  logic read_q;

  always_ff @(posedge clk_i) begin
    if (write_i) memory[write_addr_i] <= write_data_i;
  end
  always_ff @(posedge clk_i) begin
    if (read_i) data_q <= memory[read_addr_i];
`ifndef SYNTHESIS
    if (read_i && write_i && read_addr_i == write_addr_i) data_q <= ~write_data_i;
`endif
  end
  always_ff @(posedge clk_i) begin
    read_q <= read_i;
    if (read_q) read_data_o <= data_q;
  end

`ifndef SYNTHESIS
  initial for (int unsigned i = 0; i < DEPTH; i++) memory[i] = '0;
`endif
endmodule
