// The configuration record of both banks, in registers. Each read port gives the whole record of
// its bank one cycle after the address; the host reads a bank two cycles after host_bank_i.
//
// Like the other tables, both banks are zero when the FPGA is configured and survive a reset. A
// read port moves only when its address or a bank changes: 1,024 bits a cycle would slow down
// simulations for nothing.
module config_banks #(
    parameter int unsigned PORTS = 1
) (
    input logic clk_i,

    input  logic [                                          PORTS-1:0] addr_i,
    output logic [PORTS*sluice_layout_pkg::CONFIG_RECORD_BITS-1:0] data_o,

    input  logic                                             host_write_i,
    input  logic                                             host_bank_i,
    input  logic [sluice_layout_pkg::CONFIG_STORED_BITS-1:0] host_data_i,
    output logic [sluice_layout_pkg::CONFIG_STORED_BITS-1:0] host_data_o
);
  localparam int unsigned RECORD_BITS = sluice_layout_pkg::CONFIG_RECORD_BITS;

  logic [sluice_layout_pkg::CONFIG_STORED_BITS-1:0] bank0_q, bank1_q;
  logic [PORTS-1:0] addr_q;
  logic written_q, host_bank_q;

  always_ff @(posedge clk_i) begin
    if (host_write_i && !host_bank_i) bank0_q <= host_data_i;
    if (host_write_i && host_bank_i) bank1_q <= host_data_i;
    written_q   <= host_write_i;
    host_bank_q <= host_bank_i;
    if (written_q || host_bank_i != host_bank_q) host_data_o <= host_bank_i ? bank1_q : bank0_q;
  end

  always_ff @(posedge clk_i) begin
    addr_q <= addr_i;
    for (int unsigned i = 0; i < PORTS; i++) begin
      if (written_q || addr_i[i] != addr_q[i]) begin
        data_o[i*RECORD_BITS+:RECORD_BITS] <=
            sluice_layout_pkg::config_expand(addr_i[i] ? bank1_q : bank0_q);
      end
    end
  end

  initial begin
    bank0_q = '0;
    bank1_q = '0;
    data_o = '0;
    host_data_o = '0;
    addr_q = '0;
    host_bank_q = 1'b0;
    written_q = 1'b0;
  end
endmodule
