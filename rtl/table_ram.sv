// Memory of one table: one port for the pipeline, one for the host, so that neither disturbs the
// other. Both read two cycles after their address. host_data_o keeps its value until the next host
// read. What a pipeline read gives in the cycle of a host write to the same entry is undefined, as
// in a block RAM: the host writes only the bank that no packet reads. Simulations give garbage then.
//
// Contents are zero when the FPGA is configured; reset does not touch them.
module table_ram #(
    parameter int unsigned BITS = 8,
    parameter int unsigned DEPTH = 16,
    localparam int unsigned ADDR_BITS = $clog2(DEPTH)
) (
    input logic clk_i,

    input  logic [ADDR_BITS-1:0] pipe_addr_i,
    output logic [     BITS-1:0] pipe_data_o,

    input  logic                 host_write_i,
    input  logic                 host_read_i,
    input  logic [ADDR_BITS-1:0] host_addr_i,
    input  logic [     BITS-1:0] host_data_i,
    output logic [     BITS-1:0] host_data_o
);
  (* ram_style = "block" *)
  logic [BITS-1:0] memory[0:DEPTH-1];
  logic [BITS-1:0] pipe_q, host_q;

  always_ff @(posedge clk_i) begin
    pipe_q <= memory[pipe_addr_i];
`ifndef SYNTHESIS
    if (host_write_i && host_addr_i == pipe_addr_i) pipe_q <= ~host_data_i;
`endif
    pipe_data_o <= pipe_q;
  end

  always_ff @(posedge clk_i) begin
    if (host_write_i) memory[host_addr_i] <= host_data_i;
    else if (host_read_i) host_q <= memory[host_addr_i];
  end
  always_ff @(posedge clk_i) host_data_o <= host_q;

`ifndef SYNTHESIS
  initial for (int unsigned i = 0; i < DEPTH; i++) memory[i] = '0;
`endif
endmodule
