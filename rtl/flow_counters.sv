// Packets and bytes, by entry and direction, with a frozen copy for the host.
//
// One event a cycle. An event in the cycle of freeze_i or later belongs to the next snapshot. The
// first touch of a counter after a freeze saves the old value (see flow_slice). A sweep touches
// every counter in the cycles without an event, so busy_o lasts 2 * ENTRIES / (1 - events a cycle)
// cycles: for 4,096 entries 8,200 cycles when idle and 117,000 at 0.93 events a cycle, which is
// more than two 100G ports of shortest frames bring. With an event in every single cycle it would
// not end. freeze_i only while busy_o is low; host reads too (the frozen copy is complete then).
//
// There is no reset: counters and epoch go on, so they agree with each other whenever a reset
// comes. `event_i.valid` must be low while the packet plane is in reset.
//
// A counter of packets is two slices, one of bytes three, each later than the one below:
//
//   cycle  0 event or sweep  3 add to packets0, bytes0  4 packets1; upper add bits of bytes plus
//          5 bytes1          6 bytes2                     carry
module flow_counters #(
    parameter int unsigned ENTRIES = 1024,
    localparam int unsigned INDEX_BITS = $clog2(ENTRIES)
) (
    input logic clk_i,

    input logic                  event_i,
    input logic [INDEX_BITS-1:0] event_index_i,
    input logic                  event_out_i,    // direction: back to a client
    input logic [          15:0] event_bytes_i,

    input  logic freeze_i,
    output logic busy_o,

    input  logic                  host_read_i,
    input  logic [INDEX_BITS-1:0] host_index_i,
    input  logic [           2:0] host_word_i,   // of record FlowCounters
    output logic [          31:0] host_data_o    // three cycles after host_read_i
);
  localparam int unsigned ADDR_BITS = INDEX_BITS + 1;
  localparam int unsigned DRAIN = 8;  // from the sweep's last address to the last save

  logic sweeping_q;
  logic [ADDR_BITS-1:0] sweep_q;
  logic [DRAIN-1:0] drain_q;
  logic epoch_q;

  initial begin
    sweeping_q = 1'b0;
    sweep_q = '0;
    drain_q = '0;
    epoch_q = 1'b0;
    busy_o = 1'b0;
  end

  always_ff @(posedge clk_i) begin
    drain_q <= {drain_q[DRAIN-2:0], sweeping_q};
    busy_o  <= freeze_i || sweeping_q || |drain_q;
    if (freeze_i) begin
      sweeping_q <= 1'b1;
      sweep_q <= '0;
    end else if (sweeping_q && !event_i) begin
      sweep_q <= sweep_q + 1'b1;
      if (&sweep_q) sweeping_q <= 1'b0;
    end
  end

  // Delay lines: of the item for later slices, of what is added up to cycle 3
  logic [3:0] valid_q, epoch_at_q, count_q;
  logic [ADDR_BITS-1:0] addr0_q, addr1_q, addr2_q, addr3_q;
  logic [15:0] bytes0_q, bytes1_q, bytes2_q, bytes3_q;
  logic [3:0] bytes_high4_q;
  initial valid_q = '0;

  always_ff @(posedge clk_i) begin
    epoch_q <= epoch_q ^ freeze_i;
    valid_q <= {valid_q[2:0], event_i || sweeping_q};
    epoch_at_q <= {epoch_at_q[2:0], epoch_q ^ freeze_i};
    count_q <= {count_q[2:0], event_i};
    if (event_i) addr0_q <= {event_index_i, event_out_i};
    else if (sweeping_q) addr0_q <= sweep_q;
    if (event_i || sweeping_q) bytes0_q <= event_i ? event_bytes_i : 16'd0;
    if (valid_q[0]) {addr1_q, bytes1_q} <= {addr0_q, bytes0_q};
    if (valid_q[1]) {addr2_q, bytes2_q} <= {addr1_q, bytes1_q};
    if (valid_q[2]) {addr3_q, bytes3_q} <= {addr2_q, bytes2_q};
    bytes_high4_q <= bytes3_q[15:12];
  end

  logic [23:0] packets0, packets1;
  logic [11:0] bytes0;
  logic [21:0] bytes1, bytes2;
  logic packets_carry, bytes0_carry, bytes1_carry, valid4_q;
  logic unused_packets_overflow, unused_bytes_overflow;
  logic [4:0] bytes1_add_q;

  always_ff @(posedge clk_i) begin
    valid4_q <= valid_q[3];
    bytes1_add_q <= valid4_q ? {1'b0, bytes_high4_q} + 5'(bytes0_carry) : 5'd0;
  end

  flow_slice #(
      .BITS(24),
      .ADD_BITS(1),
      .DEPTH(2 * ENTRIES)
  ) u_packets0 (
      .clk_i,
      .valid_i(valid_q[0]),
      .epoch_i(epoch_at_q[0]),
      .addr_i(addr0_q),
      .add_i(count_q[3]),
      .carry_o(packets_carry),
      .host_read_i,
      .host_addr_i({host_index_i, host_word_i[2]}),
      .host_data_o(packets0)
  );

  flow_slice #(
      .BITS(24),
      .ADD_BITS(1),
      .DEPTH(2 * ENTRIES)
  ) u_packets1 (
      .clk_i,
      .valid_i(valid_q[1]),
      .epoch_i(epoch_at_q[1]),
      .addr_i(addr1_q),
      .add_i(packets_carry),
      .carry_o(unused_packets_overflow),
      .host_read_i,
      .host_addr_i({host_index_i, host_word_i[2]}),
      .host_data_o(packets1)
  );

  flow_slice #(
      .BITS(12),
      .ADD_BITS(12),
      .DEPTH(2 * ENTRIES)
  ) u_bytes0 (
      .clk_i,
      .valid_i(valid_q[0]),
      .epoch_i(epoch_at_q[0]),
      .addr_i(addr0_q),
      .add_i(bytes3_q[11:0]),
      .carry_o(bytes0_carry),
      .host_read_i,
      .host_addr_i({host_index_i, host_word_i[2]}),
      .host_data_o(bytes0)
  );

  flow_slice #(
      .BITS(22),
      .ADD_BITS(5),
      .DEPTH(2 * ENTRIES)
  ) u_bytes1 (
      .clk_i,
      .valid_i(valid_q[2]),
      .epoch_i(epoch_at_q[2]),
      .addr_i(addr2_q),
      .add_i(bytes1_add_q),
      .carry_o(bytes1_carry),
      .host_read_i,
      .host_addr_i({host_index_i, host_word_i[2]}),
      .host_data_o(bytes1)
  );

  flow_slice #(
      .BITS(22),
      .ADD_BITS(1),
      .DEPTH(2 * ENTRIES)
  ) u_bytes2 (
      .clk_i,
      .valid_i(valid_q[3]),
      .epoch_i(epoch_at_q[3]),
      .addr_i(addr3_q),
      .add_i(bytes1_carry),
      .carry_o(unused_bytes_overflow),
      .host_read_i,
      .host_addr_i({host_index_i, host_word_i[2]}),
      .host_data_o(bytes2)
  );

  // The host's word of a direction's four
  logic [1:0] half_q;
  logic [47:0] packets;
  logic [55:0] bytes;

  assign packets = {packets1, packets0};
  assign bytes = {bytes2, bytes1, bytes0};

  always_ff @(posedge clk_i) begin
    if (host_read_i) half_q <= host_word_i[1:0];
    case (half_q)
      2'd0: host_data_o <= packets[31:0];
      2'd1: host_data_o <= {16'd0, packets[47:32]};
      2'd2: host_data_o <= bytes[31:0];
      default: host_data_o <= {8'd0, bytes[55:32]};
    endcase
  end

`ifndef SYNTHESIS
  one_snapshot_at_a_time :
  assert property (@(posedge clk_i) !(freeze_i && busy_o))
  else $error("freeze during a sweep");
`endif
endmodule
