// The configuration record of both banks, in registers. Each read port gives the record of its bank
// one cycle after the address; the host reads a bank one cycle after host_bank_i.
//
// Like the other tables, both banks are zero when the FPGA is configured and survive a reset.
module config_banks #(
    parameter int unsigned PORTS = 1
) (
    input logic clk_i,

    input  logic [                                             PORTS-1:0] addr_i,
    output logic [PORTS*sluice_layout_pkg::CONFIG_STORED_BITS-1:0] data_o,

    input  logic                                             host_write_i,
    input  logic                                             host_bank_i,
    input  logic [sluice_layout_pkg::CONFIG_STORED_BITS-1:0] host_data_i,
    output logic [sluice_layout_pkg::CONFIG_STORED_BITS-1:0] host_data_o
);
  logic [sluice_layout_pkg::CONFIG_STORED_BITS-1:0] bank0_q, bank1_q;

  always_ff @(posedge clk_i) begin
    if (host_write_i && !host_bank_i) bank0_q <= host_data_i;
    if (host_write_i && host_bank_i) bank1_q <= host_data_i;
    host_data_o <= host_bank_i ? bank1_q : bank0_q;
    for (int unsigned i = 0; i < PORTS; i++) begin
      data_o[i*sluice_layout_pkg::CONFIG_STORED_BITS+:sluice_layout_pkg::CONFIG_STORED_BITS] <=
          addr_i[i] ? bank1_q : bank0_q;
    end
  end

  initial begin
    bank0_q = '0;
    bank1_q = '0;
  end
endmodule
