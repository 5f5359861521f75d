// Active connections of every backend and every service, exact as soon as their events have come.
//
// A count is the sum of two lanes: lane A takes change_*, lane B one removal a cycle: removed_*, and
// what is swept when there is none, out of a queue. sweep_stall_o: the table must begin no sweep;
// 40 that it has begun may still arrive. removal_* is the backend that lane B counts in a cycle.
//
// near_o, five cycles after view_backend_i: that backend's connections and one, with every event up
// to and with its cycle. Host: words_o ({backend, service}) four cycles after read_i, and stays;
// in the cycle of a read of a backend, view_backend_i is host_entry_i.
//
// clear_i zeroes all counts in 4,096 cycles, and while it is high events count nothing;
// clear_done_o until it falls. A reset loses what is under way: clear then.
module sched_counts (
    input logic clk_i,
    input logic rst_i,

    input  logic clear_i,
    output logic clear_done_o,

    input logic        change_valid_i,
    input logic        change_up_i,
    input logic [11:0] change_backend_i,
    input logic [ 9:0] change_service_i,

    input logic        removed_i,
    input logic [11:0] removed_backend_i,
    input logic [ 9:0] removed_service_i,

    input  logic        swept_i,
    input  logic [11:0] swept_backend_i,
    input  logic [ 9:0] swept_service_i,
    output logic        sweep_stall_o,

    output logic        removal_o,
    output logic [11:0] removal_backend_o,

    input  logic [11:0] view_backend_i,
    output logic [20:0] near_o,

    input  logic        read_i,
    input  logic [ 9:0] host_entry_i,
    output logic [63:0] words_o
);
  localparam int unsigned BITS = sluice_layout_pkg::CONNECTION_COUNT_STORED_BITS;
  localparam int unsigned STALL = 16;

  // Clearing
  logic [12:0] clear_q;
  assign clear_done_o = clear_q[12];
  always_ff @(posedge clk_i) begin
    if (rst_i || !clear_i) clear_q <= '0;
    else if (!clear_q[12]) clear_q <= clear_q + 13'd1;
  end

  // Lane B
  logic queued, full;
  logic [11:0] queued_backend;
  logic [9:0] queued_service, removal_service;
  logic [7:0] held;

  fifo #(
      .WIDTH(22),
      .DEPTH(64)
  ) u_swept (
      .clk_i,
      .rst_i(rst_i || clear_i),
      .push_i(swept_i),
      .data_i({swept_backend_i, swept_service_i}),
      .commit_i(1'b1),
      .rollback_i(1'b0),
      .full_o(full),
      .valid_o(queued),
      .data_o({queued_backend, queued_service}),
      .pop_i(queued && !removed_i),
      .held_o(held)
  );

  assign removal_o = removed_i || queued;
  assign removal_backend_o = removed_i ? removed_backend_i : queued_backend;
  assign removal_service = removed_i ? removed_service_i : queued_service;
  always_ff @(posedge clk_i) sweep_stall_o <= !rst_i && held >= 8'(STALL);

  // Backends
  logic [BITS-1:0] backend_a, backend_b, backend_a_stored, backend_b_stored;

  sched_lane #(
      .BITS (BITS),
      .DEPTH(4096)
  ) u_backend_a (
      .clk_i,
      .rst_i,
      .clear_i,
      .clear_addr_i(clear_q[11:0]),
      .step_i(change_valid_i),
      .step_addr_i(change_backend_i),
      .step_up_i(change_up_i),
      .view_addr_i(view_backend_i),
      .stored_o(backend_a_stored),
      .view_o(backend_a)
  );

  sched_lane #(
      .BITS (BITS),
      .DEPTH(4096)
  ) u_backend_b (
      .clk_i,
      .rst_i,
      .clear_i,
      .clear_addr_i(clear_q[11:0]),
      .step_i(removal_o),
      .step_addr_i(removal_backend_o),
      .step_up_i(1'b0),
      .view_addr_i(view_backend_i),
      .stored_o(backend_b_stored),
      .view_o(backend_b)
  );

  logic [BITS-1:0] near_a_q, near_b_q;
  always_ff @(posedge clk_i) begin
    near_a_q <= backend_a;
    near_b_q <= backend_b;
  end

  sched_add #(
      .BITS(BITS)
  ) u_near (
      .a_i(near_a_q),
      .b_i(near_b_q),
      .carry_i(1'b1),
      .sum_o(near_o)
  );

  // Services
  logic [BITS-1:0] service_a_stored, service_b_stored, unused_a, unused_b;

  sched_lane #(
      .BITS (BITS),
      .DEPTH(1024)
  ) u_service_a (
      .clk_i,
      .rst_i,
      .clear_i,
      .clear_addr_i(clear_q[9:0]),
      .step_i(change_valid_i),
      .step_addr_i(change_service_i),
      .step_up_i(change_up_i),
      .view_addr_i(host_entry_i),
      .stored_o(service_a_stored),
      .view_o(unused_a)
  );

  sched_lane #(
      .BITS (BITS),
      .DEPTH(1024)
  ) u_service_b (
      .clk_i,
      .rst_i,
      .clear_i,
      .clear_addr_i(clear_q[9:0]),
      .step_i(removal_o),
      .step_addr_i(removal_service),
      .step_up_i(1'b0),
      .view_addr_i(host_entry_i),
      .stored_o(service_b_stored),
      .view_o(unused_b)
  );

  // Host
  logic [2:0] read_q;
  logic [BITS-1:0] host_backend, host_service;
  logic [BITS-1:0] host_backend_a_q, host_backend_b_q, host_service_a_q, host_service_b_q;
  always_ff @(posedge clk_i) begin
    read_q <= {read_q[1:0], read_i};
    host_backend_a_q <= backend_a_stored;
    host_backend_b_q <= backend_b_stored;
    host_service_a_q <= service_a_stored;
    host_service_b_q <= service_b_stored;
    if (read_q[2]) words_o <= {32'(host_backend), 32'(host_service)};
    if (rst_i) read_q <= '0;
  end

  sched_add #(
      .BITS(BITS)
  ) u_host_backend (
      .a_i(host_backend_a_q),
      .b_i(host_backend_b_q),
      .carry_i(1'b0),
      .sum_o(host_backend)
  );
  sched_add #(
      .BITS(BITS)
  ) u_host_service (
      .a_i(host_service_a_q),
      .b_i(host_service_b_q),
      .carry_i(1'b0),
      .sum_o(host_service)
  );

  logic unused;
  assign unused = ^{full, unused_a, unused_b};
endmodule
