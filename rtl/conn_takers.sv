// Which backends take new connections of the clients that go back to them: those with a cost, of
// the service that asks. A copy of what the host writes to the table `shares`; a write is seen from
// its own cycle on. takes_o comes two cycles after backend_i and service_i.
//
// The second cycle compares: the memory has no register of its own behind it.
module conn_takers (
    input logic clk_i,

    input logic        write_i,
    input logic [11:0] write_backend_i,
    input logic [ 9:0] write_service_i,
    input logic        write_takes_i,

    input  logic [11:0] backend_i,
    input  logic [ 9:0] service_i,
    output logic        takes_o
);
  (* ram_style = "block" *)
  logic [10:0] memory[0:sluice_layout_pkg::TABLE_SHARES_ENTRIES-1];
  logic [10:0] stored_q, written_q;  // {takes, service}
  logic same_q;
  logic [9:0] service_q;

  always_ff @(posedge clk_i) begin
    if (write_i) memory[write_backend_i] <= {write_takes_i, write_service_i};
  end
  always_ff @(posedge clk_i) begin
    stored_q <= memory[backend_i];
`ifndef SYNTHESIS
    if (write_i && write_backend_i == backend_i) stored_q <= ~{write_takes_i, write_service_i};
`endif
  end

  // What is written in the cycle of a read answers in its place.
  always_ff @(posedge clk_i) begin
    written_q <= {write_takes_i, write_service_i};
    same_q <= write_i && write_backend_i == backend_i;
    service_q <= service_i;
    takes_o <= (same_q ? written_q : stored_q) == {1'b1, service_q};
  end

`ifndef SYNTHESIS
  initial for (int unsigned i = 0; i < sluice_layout_pkg::TABLE_SHARES_ENTRIES; i++) memory[i] = '0;
`endif
endmodule
