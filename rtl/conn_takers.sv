// Which backends take new connections of the clients that go back to them: those with a cost, of
// the service that asks. A copy of what the host writes to the table `shares`; a write is seen from
// its own cycle on. takes_o comes two cycles after backend_i and service_i.
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
  logic stored_takes;
  logic [9:0] stored_service, service1_q, service2_q;
  logic same1_q, same2_q, written, written1_q, written2_q;

  flow_ram #(
      .BITS (11),
      .DEPTH(sluice_layout_pkg::TABLE_SHARES_ENTRIES)
  ) u_memory (
      .clk_i,
      .write_i,
      .write_addr_i(write_backend_i),
      .write_data_i({write_takes_i, write_service_i}),
      .read_i(1'b1),
      .read_addr_i(backend_i),
      .read_data_o({stored_takes, stored_service})
  );

  // What is written in the cycle of a read answers in its place.
  assign written = write_takes_i && write_service_i == service_i;
  always_ff @(posedge clk_i) begin
    same1_q <= write_i && write_backend_i == backend_i;
    same2_q <= same1_q;
    written1_q <= written;
    written2_q <= written1_q;
    service1_q <= service_i;
    service2_q <= service1_q;
  end

  assign takes_o = same2_q ? written2_q : stored_takes && stored_service == service2_q;
endmodule
