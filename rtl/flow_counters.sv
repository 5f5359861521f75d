// Packets and bytes, by entry and direction, with a frozen copy for the host.
//
// One event a cycle. An event in the cycle of freeze_i or later belongs to the next snapshot. Each
// stored counter carries the epoch of the snapshots it was last touched in: the first touch after
// a freeze saves the old value to the frozen copy. A sweep touches every counter in the cycles
// without an event, so busy_o lasts 2 * ENTRIES / (1 - events a cycle) cycles: for 4,096 entries
// 8,200 cycles when idle and 117,000 at 0.93 events a cycle, which is more than two 100G ports of
// shortest frames bring. freeze_i only while busy_o is low; host reads too (the frozen copy is
// complete then).
//
// There is no reset: counters and epoch go on, so they agree with each other whenever a reset
// comes. `event_i.valid` must be low while the packet plane is in reset.
//
//   cycle  0 event or sweep, address to memory    2 memory output, mux with newer results -> operand
//          1 memory                               3 add    4 write back
module flow_counters #(
    parameter int unsigned ENTRIES = 1024,
    localparam int unsigned INDEX_BITS = $clog2(ENTRIES)
) (
    input logic clk_i,

    input  logic                  event_i,
    input  logic [INDEX_BITS-1:0] event_index_i,
    input  logic                  event_out_i,    // direction: back to a client
    input  logic [          15:0] event_bytes_i,

    input  logic freeze_i,
    output logic busy_o,

    input  logic                  host_read_i,
    input  logic [INDEX_BITS-1:0] host_index_i,
    input  logic [           2:0] host_word_i,   // of record FlowCounters
    output logic [          31:0] host_data_o    // three cycles after host_read_i
);
  localparam int unsigned ADDR_BITS = INDEX_BITS + 1;
  localparam int unsigned PACKET_BITS = 48;
  localparam int unsigned BYTE_BITS = 56;
  localparam int unsigned VALUE_BITS = PACKET_BITS + BYTE_BITS;

  // What is stored: {epoch, bytes, packets}
  logic [VALUE_BITS:0] memory_data;

  // Sweep
  logic sweeping_q;
  logic [ADDR_BITS-1:0] sweep_q;
  logic [4:0] drain_q;  // the sweep's last touches are on their way

  // Stage 0
  logic epoch_q;
  logic valid0_q, count0_q;
  logic [ADDR_BITS-1:0] addr0_q;
  logic [15:0] bytes0_q;

  initial begin
    sweeping_q = 1'b0;
    sweep_q = '0;
    drain_q = '0;
    epoch_q = 1'b0;
  end

  always_ff @(posedge clk_i) begin
    epoch_q  <= epoch_q ^ freeze_i;
    valid0_q <= event_i || sweeping_q;
    count0_q <= event_i;
    if (event_i) begin
      addr0_q  <= {event_index_i, event_out_i};
      bytes0_q <= event_bytes_i;
    end else if (sweeping_q) begin
      addr0_q  <= sweep_q;
      bytes0_q <= 16'd0;
    end
  end

  always_ff @(posedge clk_i) begin
    drain_q <= {drain_q[3:0], sweeping_q};
    busy_o  <= freeze_i || sweeping_q || |drain_q;
    if (freeze_i) begin
      sweeping_q <= 1'b1;
      sweep_q <= '0;
    end else if (sweeping_q && !event_i) begin
      sweep_q <= sweep_q + 1'b1;
      if (&sweep_q) sweeping_q <= 1'b0;
    end
  end

  // Stages 1 to 6: 5 and 6 only keep results that a read may have missed.
  logic valid1_q, valid2_q, valid3_q, valid4_q, valid5_q;
  logic count1_q, count2_q, count3_q;
  logic epoch0_q, epoch1_q, epoch2_q, epoch3_q;
  logic [ADDR_BITS-1:0] addr1_q, addr2_q, addr3_q, addr4_q, addr5_q;
  logic [15:0] bytes1_q, bytes2_q, bytes3_q;

  always_ff @(posedge clk_i) begin
    {valid1_q, valid2_q, valid3_q} <= {valid0_q, valid1_q, valid2_q};
    {valid4_q, valid5_q} <= {valid3_q, valid4_q};
    {count1_q, count2_q, count3_q} <= {count0_q, count1_q, count2_q};
    epoch0_q <= epoch_q ^ freeze_i;
    {epoch1_q, epoch2_q, epoch3_q} <= {epoch0_q, epoch1_q, epoch2_q};
    if (valid0_q) {addr1_q, bytes1_q} <= {addr0_q, bytes0_q};
    if (valid1_q) {addr2_q, bytes2_q} <= {addr1_q, bytes1_q};
    if (valid2_q) {addr3_q, bytes3_q} <= {addr2_q, bytes2_q};
    if (valid3_q) addr4_q <= addr3_q;
    if (valid4_q) addr5_q <= addr4_q;
  end

  // An item's value may be changed by the four items ahead of it after its read: the one directly
  // ahead is added in stage 4 when this one adds in 3; the others are in 4, 5 and 6 when it is in 2.
  logic ahead1_q, ahead2_q, ahead3_q, ahead4_q;

  always_ff @(posedge clk_i) begin
    ahead1_q <= valid3_q && addr3_q == addr2_q;
    ahead2_q <= valid3_q && addr3_q == addr1_q;
    ahead3_q <= valid4_q && addr4_q == addr1_q;
    ahead4_q <= valid5_q && addr5_q == addr1_q;
  end

  // Stage 2
  logic [VALUE_BITS:0] operand3_q, sum4_q, sum5_q, sum6_q;

  always_ff @(posedge clk_i) begin
    if (valid2_q) begin
      operand3_q <= ahead2_q ? sum4_q : ahead3_q ? sum5_q : ahead4_q ? sum6_q : memory_data;
    end
  end

  // Stage 3. The upper part of the bytes only ever takes a carry, which comes late: carry select.
  logic [VALUE_BITS:0] operand;
  logic [VALUE_BITS-1:0] old4_q;
  logic [BYTE_BITS-1:0] operand_bytes;
  logic [BYTE_BITS-17:0] high_plus_one;
  logic [16:0] low_sum;
  logic save4_q;

  assign operand = ahead1_q ? sum4_q : operand3_q;
  assign operand_bytes = operand[PACKET_BITS+:BYTE_BITS];
  assign low_sum = {1'b0, operand_bytes[15:0]} + {1'b0, bytes3_q};
  assign high_plus_one = operand_bytes[BYTE_BITS-1:16] + 1'b1;

  always_ff @(posedge clk_i) begin
    save4_q <= valid3_q && operand[VALUE_BITS] != epoch3_q;
    if (valid3_q) begin
      old4_q <= operand[VALUE_BITS-1:0];
      sum4_q[PACKET_BITS-1:0] <= operand[PACKET_BITS-1:0] + PACKET_BITS'(count3_q);
      sum4_q[PACKET_BITS+:16] <= low_sum[15:0];
      sum4_q[PACKET_BITS+16+:BYTE_BITS-16] <=
          low_sum[16] ? high_plus_one : operand_bytes[BYTE_BITS-1:16];
      sum4_q[VALUE_BITS] <= epoch3_q;
    end
    if (valid4_q) sum5_q <= sum4_q;
    if (valid5_q) sum6_q <= sum5_q;
  end

  flow_ram #(
      .BITS (VALUE_BITS + 1),
      .DEPTH(2 * ENTRIES)
  ) u_live (
      .clk_i,
      .write_i(valid4_q),
      .write_addr_i(addr4_q),
      .write_data_i(sum4_q),
      .read_i(valid0_q),
      .read_addr_i(addr0_q),
      .read_data_o(memory_data)
  );

  // The frozen copy
  logic [VALUE_BITS-1:0] frozen;
  logic [1:0] half_q;  // the host's word of a direction's four

  flow_ram #(
      .BITS (VALUE_BITS),
      .DEPTH(2 * ENTRIES)
  ) u_frozen (
      .clk_i,
      .write_i(save4_q),
      .write_addr_i(addr4_q),
      .write_data_i(old4_q),
      .read_i(host_read_i),
      .read_addr_i({host_index_i, host_word_i[2]}),
      .read_data_o(frozen)
  );

  always_ff @(posedge clk_i) begin
    if (host_read_i) half_q <= host_word_i[1:0];
    case (half_q)
      2'd0: host_data_o <= frozen[31:0];
      2'd1: host_data_o <= {16'd0, frozen[PACKET_BITS-1:32]};
      2'd2: host_data_o <= frozen[PACKET_BITS+:32];
      default: host_data_o <= {8'd0, frozen[PACKET_BITS+32+:BYTE_BITS-32]};
    endcase
  end

`ifndef SYNTHESIS
  assert property (@(posedge clk_i) !(freeze_i && busy_o));
`endif
endmodule
