// Mean response time of every backend, in units of 1/16 of a tick; 0: not known.
//
// A sample moves the mean by an eighth of the way, rounded down; the first one is the mean. No tick
// counts as 1/16. One sample a cycle, but one that comes within four cycles of another of the same
// backend, or in a cycle in which the host reads or writes, is left out.
//
//   cycle 0 address to memory   2 mean   3 difference   4 new mean   5 back to memory
//
// mean_o comes two cycles after view_backend_i; host_mean_o two cycles after read_i. A mean that the
// host writes shows five cycles later.
module sched_times #(
    localparam int unsigned BITS = sluice_layout_pkg::RESPONSE_TIME_STORED_BITS
) (
    input logic clk_i,
    input logic rst_i,

    input logic        sample_valid_i,
    input logic [11:0] sample_backend_i,
    input logic [15:0] sample_ticks_i,

    input  logic [    11:0] view_backend_i,
    output logic [BITS-1:0] mean_o,
    output logic            renewed_o,
    output logic [    11:0] renewed_backend_o,

    input  logic            write_i,
    input  logic            read_i,
    input  logic [    11:0] host_entry_i,
    input  logic [BITS-1:0] host_mean_i,
    output logic [BITS-1:0] host_mean_o
);
  logic host, starts;
  logic [11:0] backend;
  assign host = write_i || read_i;
  assign starts = write_i || (sample_valid_i && !host);
  assign backend = host ? host_entry_i : sample_backend_i;

  logic [5:1] valid_q;
  logic [3:1] sets_q;
  logic [5*12-1:0] backends_q;  // of cycles 1 to 5
  logic [5*BITS-1:0] samples_q;
  logic [BITS-1:0] sample;
  logic near;  // of the four ahead one has the same backend
  assign sample = {sample_ticks_i, 3'd0, sample_ticks_i == '0};

  always_comb begin
    near = 1'b0;
    for (int i = 1; i <= 4; i++) near |= valid_q[i] && backends_q[12*(i-1)+:12] == backend;
  end

  always_ff @(posedge clk_i) begin
    valid_q <= {valid_q[4:1], starts && (write_i || !near)};
    sets_q <= {sets_q[2:1], write_i};
    backends_q <= {backends_q[4*12-1:0], backend};
    samples_q <= {samples_q[4*BITS-1:0], write_i ? host_mean_i : sample};
    if (rst_i) valid_q <= '0;
  end

  logic [BITS-1:0] mean3_q, mean4_q, mean5_q, moved, new_mean;
  logic [BITS:0] difference, difference4_q;
  logic first4_q, first5_q;
  always_ff @(posedge clk_i) begin
    mean3_q <= host_mean_o;
    mean4_q <= mean3_q;
    first4_q <= sets_q[3] || mean3_q == '0;
    difference4_q <= difference;
    first5_q <= first4_q;
    mean5_q <= moved;
  end

  sched_add #(
      .BITS(BITS + 1)
  ) u_difference (
      .a_i({1'b0, samples_q[2*BITS+:BITS]}),
      .b_i(~{1'b0, mean3_q}),
      .carry_i(1'b1),
      .sum_o(difference)
  );
  sched_add #(
      .BITS(BITS)
  ) u_moved (
      .a_i(mean4_q),
      .b_i({{2{difference4_q[BITS]}}, difference4_q[BITS:3]}),
      .carry_i(1'b0),
      .sum_o(moved)
  );
  assign new_mean = first5_q ? samples_q[4*BITS+:BITS] : mean5_q;

  assign renewed_o = valid_q[5];
  assign renewed_backend_o = backends_q[4*12+:12];

  sched_ram #(
      .BITS (BITS),
      .DEPTH(4096)
  ) u_means (
      .clk_i,
      .write_i(valid_q[5]),
      .write_addr_i(backends_q[4*12+:12]),
      .write_data_i(new_mean),
      .read_addr_i(backend),
      .read_data_o(host_mean_o)
  );

  sched_ram #(
      .BITS (BITS),
      .DEPTH(4096)
  ) u_views (
      .clk_i,
      .write_i(valid_q[5]),
      .write_addr_i(backends_q[4*12+:12]),
      .write_data_i(new_mean),
      .read_addr_i(view_backend_i),
      .read_data_o(mean_o)
  );
endmodule
