// The Maglev slots: 1 Mi of 16 bits, four to a 64-bit word, as UltraRAM wants them.
//
// The pipeline reads a slot, three cycles after its number. The host reads and writes two slots at
// once (an even slot in bits 15:0 and the next one), two cycles after the address. Like table_ram
// otherwise.
module ring_ram #(
    parameter int unsigned SLOTS = 1048576,
    localparam int unsigned ADDR_BITS = $clog2(SLOTS)
) (
    input logic clk_i,

    input  logic [ADDR_BITS-1:0] pipe_addr_i,
    output logic [         15:0] pipe_data_o,
    output logic [         15:0] pipe_pair_o,  // of the slot whose number differs in bit 0

    input  logic                 host_write_i,
    input  logic                 host_read_i,
    input  logic [ADDR_BITS-1:1] host_addr_i,
    input  logic [         31:0] host_data_i,
    output logic [         31:0] host_data_o
);
  (* ram_style = "ultra" *)
  logic [63:0] memory[0:SLOTS/4-1];
  logic [63:0] pipe_q, pipe_q2, host_q;
  logic [1:0] lane_q, lane_q2;
  logic half_q;

  always_ff @(posedge clk_i) begin
    pipe_q  <= memory[pipe_addr_i[ADDR_BITS-1:2]];
    pipe_q2 <= pipe_q;
  end
  always_ff @(posedge clk_i) begin
    lane_q <= pipe_addr_i[1:0];
    lane_q2 <= lane_q;
    pipe_data_o <= pipe_q2[{lane_q2, 4'd0}+:16];
    pipe_pair_o <= pipe_q2[{lane_q2 ^ 2'd1, 4'd0}+:16];
  end

  logic [1:0] half_write;
  assign half_write[0] = host_write_i && !host_addr_i[1];
  assign half_write[1] = host_write_i && host_addr_i[1];

  // A port of an UltraRAM reads or writes in a cycle, not both.
  always_ff @(posedge clk_i) begin
    if (half_write[0]) memory[host_addr_i[ADDR_BITS-1:2]][31:0] <= host_data_i;
    if (half_write[1]) memory[host_addr_i[ADDR_BITS-1:2]][63:32] <= host_data_i;
    if (host_read_i && !host_write_i) host_q <= memory[host_addr_i[ADDR_BITS-1:2]];
  end
  always_ff @(posedge clk_i) begin
    if (host_read_i) half_q <= host_addr_i[1];
    host_data_o <= half_q ? host_q[63:32] : host_q[31:0];
  end

`ifndef SYNTHESIS
  initial for (int unsigned i = 0; i < SLOTS / 4; i++) memory[i] = '0;
  one_access :
  assert property (@(posedge clk_i) !(host_write_i && host_read_i))
  else $error("host read and write at once");
`endif
endmodule
