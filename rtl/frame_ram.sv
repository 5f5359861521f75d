// Memory of a mailbox: beats of 512 bits, written by 32-bit words, read two enabled cycles after
// the address (read_i low holds both steps).
module frame_ram #(
    parameter int unsigned BEATS = 1024,
    localparam int unsigned ADDR_BITS = $clog2(BEATS)
) (
    input logic clk_i,

    input logic [         15:0] write_i,       // by word
    input logic [ADDR_BITS-1:0] write_addr_i,
    input logic [        511:0] write_data_i,

    input  logic                 read_i,
    input  logic [ADDR_BITS-1:0] read_addr_i,
    output logic [        511:0] read_data_o
);
  (* ram_style = "block" *)
  logic [511:0] memory[0:BEATS-1];
  logic [511:0] data_q;

  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < 16; i++) begin
      if (write_i[i]) memory[write_addr_i][i*32+:32] <= write_data_i[i*32+:32];
    end
  end
  always_ff @(posedge clk_i) begin
    if (read_i) data_q <= memory[read_addr_i];
  end
  always_ff @(posedge clk_i) begin
    if (read_i) read_data_o <= data_q;
  end
endmodule
