// One write port, one read port with its data two cycles after the address: what was written up to
// and with the cycle of the address.
//
// Contents are zero when the FPGA is configured; reset does not touch them.
module sched_ram #(
    parameter int unsigned BITS = 8,
    parameter int unsigned DEPTH = 16,
    localparam int unsigned ADDR_BITS = $clog2(DEPTH)
) (
    input logic clk_i,

    input logic                 write_i,
    input logic [ADDR_BITS-1:0] write_addr_i,
    input logic [     BITS-1:0] write_data_i,

    input  logic [ADDR_BITS-1:0] read_addr_i,
    output logic [     BITS-1:0] read_data_o
);
  logic [BITS-1:0] stored;
  logic [BITS-1:0] written1_q, written2_q;
  logic same1_q, same2_q;

  flow_ram #(
      .BITS (BITS),
      .DEPTH(DEPTH)
  ) u_memory (
      .clk_i,
      .write_i,
      .write_addr_i,
      .write_data_i,
      .read_i(1'b1),
      .read_addr_i,
      .read_data_o(stored)
  );

  always_ff @(posedge clk_i) begin
    same1_q <= write_i && write_addr_i == read_addr_i;
    same2_q <= same1_q;
    written1_q <= write_data_i;
    written2_q <= written1_q;
  end

  assign read_data_o = same2_q ? written2_q : stored;
endmodule
