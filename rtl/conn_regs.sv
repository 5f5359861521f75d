// The registers and the window of the connection table (docs/reference): what the host asks of it,
// time, secret, statistics.
//
// Requests and acknowledges as in axil_slave; offsets are in words from 0x100 on. Reads of the
// window give a word of what the last conn_read fetched. A write of an operation's registers waits
// until the table has taken the operation before. After a reset the table is not in use.
module conn_regs #(
    parameter int unsigned KEY_BITS = sluice_layout_pkg::CONNECTION_KEY_BITS,
    parameter int unsigned BUCKET_BITS = sluice_layout_pkg::CONNECTION_BUCKET_BITS,
    localparam int unsigned ROUNDS = sluice_layout_pkg::CONNECTION_ROUNDS
) (
    input logic clk_i,
    input logic rst_i,
    input logic tick_i,

    input  logic        write_i,
    input  logic [ 5:0] write_offset_i,
    input  logic [31:0] write_data_i,
    output logic        write_ack_o,
    output logic        write_error_o,

    input  logic        read_i,
    input  logic [ 5:0] read_offset_i,
    input  logic        read_window_i,  // with read_i: of the window, offset in words
    output logic        read_ack_o,
    output logic        read_error_o,
    output logic [31:0] read_data_o,

    // To the table.
    output logic                         in_use_o,
    output logic [ROUNDS*KEY_BITS/2-1:0] round_keys_o,
    output logic [                 16:0] now_o,
    output logic [                 15:0] response_tick_o,
    output logic                         press_o,  // the table is nearly full
    output logic                         flush_o,
    input  logic                         flush_done_i,
    input  logic                         clear_done_i,  // counts are zero: the table may be used
    output logic                         forget_o,      // the connections of forget_service_o
    output logic [                 11:0] forget_service_o,
    input  logic                         forgetting_i,

    output logic                host_valid_o,
    input  logic                host_ready_i,
    output logic                host_remove_o,
    output logic [KEY_BITS-1:0] host_key_o,
    output logic [         2:0] host_state_o,
    output logic [        11:0] host_backend_o,
    output logic [        16:0] host_timeout_o,
    output logic [        15:0] host_reference_in_o,
    output logic [        15:0] host_reference_out_o,
    input  logic                done_valid_i,   // the operation's response
    input  logic                done_hit_i,
    input  logic                done_stored_i,

    output logic                           read_valid_o,
    input  logic                           read_ready_i,
    output logic                           read_stash_o,
    output logic [        BUCKET_BITS-1:0] read_bucket_o,
    output logic [                    4:0] read_slot_o,
    input  logic                           slot_valid_i,
    input  logic                           slot_live_i,
    input  logic [           KEY_BITS-1:0] slot_key_i,
    input  logic [conn_pkg::BODY_BITS-1:0] slot_body_i,
    input  logic [                   15:0] slot_others_i,

    // Statistics: pulses in the order of the registers from conn_inserted on, and levels.
    input logic [           11:0] event_i,
    input logic [BUCKET_BITS+4:0] entries_i,
    input logic [           31:0] clients_i,
    input logic [            5:0] stash_used_i
);
  localparam int unsigned HALF = KEY_BITS / 2;
  localparam int unsigned EVENTS = 12;

  // Offsets: of the registers' addresses, bits 7:2.
  function automatic logic [5:0] at(input logic [15:0] address);
    at = 6'(address >> 2);
  endfunction

  logic write_pending_q, decide, refused, known, is_operation, is_key;
  logic operation_q, sent_q, hit_q, stored_q, flush_q, clearing;
  logic [31:0] client_q, place_q, entry_q, references_q;
  logic [15:0] epoch_ticks_q, response_ticks_q;
  logic [20:0] pressure_q;
  logic reading_q;
  logic [15:0] live_q;

  // Writes: decided in the cycle after the request, or once the operation before has been taken.
  assign is_key = write_offset_i < 6'(ROUNDS);
  assign is_operation = write_offset_i >= at(sluice_layout_pkg::REG_CONN_CLIENT) &&
      write_offset_i <= at(sluice_layout_pkg::REG_CONN_DO);
  assign decide = write_pending_q && !(is_operation && operation_q);

  always_comb begin
    known = 1'b1;
    refused = 1'b0;
    case (write_offset_i)
      at(sluice_layout_pkg::REG_CONN_EPOCH_TICKS),
      at(sluice_layout_pkg::REG_CONN_RESPONSE_TICKS),
      at(sluice_layout_pkg::REG_CONN_PRESSURE),
      at(sluice_layout_pkg::REG_CONN_CLIENT),
      at(sluice_layout_pkg::REG_CONN_PLACE),
      at(sluice_layout_pkg::REG_CONN_ENTRY),
      at(sluice_layout_pkg::REG_CONN_REFERENCES): ;
      at(sluice_layout_pkg::REG_CONN_CONTROL):
      refused = (write_data_i[0] && flush_q) ||
          (write_data_i[1] && (flush_q || clearing || write_data_i[0])) ||
          (write_data_i[2] && (forget_o || forgetting_i || !in_use_o || write_data_i[1:0] != '0));
      at(sluice_layout_pkg::REG_CONN_DO):
      refused = !in_use_o || write_data_i == '0 || write_data_i > 32'd2 ||
          (write_data_i == 32'd1 && entry_q[31:29] == sluice_layout_pkg::CONNECTION_NONE);
      at(sluice_layout_pkg::REG_CONN_READ):
      refused = reading_q || write_data_i > 32'((1 << BUCKET_BITS) + 1);
      default: begin
        known = is_key;
        refused = in_use_o;
      end
    endcase
  end

  always_ff @(posedge clk_i) begin
    write_pending_q <= write_i || (write_pending_q && !decide);
    write_ack_o <= decide;
    write_error_o <= decide && (!known || refused);
    if (decide && known && !refused) begin
      case (write_offset_i)
        at(sluice_layout_pkg::REG_CONN_EPOCH_TICKS): epoch_ticks_q <= write_data_i[15:0];
        at(sluice_layout_pkg::REG_CONN_RESPONSE_TICKS): response_ticks_q <= write_data_i[15:0];
        at(sluice_layout_pkg::REG_CONN_PRESSURE): pressure_q <= write_data_i[20:0];
        at(sluice_layout_pkg::REG_CONN_CLIENT): client_q <= write_data_i;
        at(sluice_layout_pkg::REG_CONN_PLACE): place_q <= write_data_i;
        at(sluice_layout_pkg::REG_CONN_ENTRY): entry_q <= write_data_i;
        at(sluice_layout_pkg::REG_CONN_REFERENCES): references_q <= write_data_i;
        default: ;
      endcase
      if (is_key) round_keys_o[HALF*write_offset_i[3:0]+:HALF] <= write_data_i[HALF-1:0];
    end
    if (rst_i) begin
      {write_pending_q, write_ack_o} <= '0;
      {epoch_ticks_q, response_ticks_q, pressure_q} <= '0;
      {client_q, place_q, entry_q, references_q} <= '0;
      round_keys_o <= '0;
    end
  end

  always_ff @(posedge clk_i) press_o <= pressure_q != '0 && 32'(entries_i) >= 32'(pressure_q);

  // Nothing has been stored since the FPGA was configured.
  logic clean_q;
  initial clean_q = 1'b1;
  always_ff @(posedge clk_i) if (in_use_o) clean_q <= 1'b0;

  // In use, flush.
  logic control, doing, asks_read;
  assign control = decide && !refused && write_offset_i == at(sluice_layout_pkg::REG_CONN_CONTROL);
  assign doing = decide && !refused && write_offset_i == at(sluice_layout_pkg::REG_CONN_DO);
  assign asks_read = decide && !refused && write_offset_i == at(sluice_layout_pkg::REG_CONN_READ);
  assign flush_o = flush_q;
  assign forget_service_o = place_q[11:0];
  assign clearing = !in_use_o && !clear_done_i;

  always_ff @(posedge clk_i) begin
    // Memories are zero when the FPGA is configured: the first flush has nothing to do.
    if (control && write_data_i[0]) flush_q <= !clean_q;
    else if (flush_done_i) flush_q <= 1'b0;
    if (control && write_data_i[1]) in_use_o <= 1'b1;
    forget_o <= control && write_data_i[2];
    if (rst_i) {flush_q, in_use_o, forget_o} <= '0;
  end

  // An operation waits for a cycle without a packet, then for its response.
  assign host_valid_o = operation_q && !sent_q;
  assign host_key_o = {client_q, place_q[31:16], place_q[11:0]};
  assign host_state_o = entry_q[31:29];
  assign host_backend_o = entry_q[28:17];
  assign host_timeout_o = entry_q[16:0];
  assign host_reference_in_o = references_q[15:0];
  assign host_reference_out_o = references_q[31:16];

  always_ff @(posedge clk_i) begin
    if (doing) begin
      operation_q <= 1'b1;
      host_remove_o <= write_data_i[1];
    end
    if (host_valid_o && host_ready_i) sent_q <= 1'b1;
    if (done_valid_i) begin
      {operation_q, sent_q} <= '0;
      {hit_q, stored_q} <= {done_hit_i, done_stored_i};
    end
    if (rst_i) {operation_q, sent_q, hit_q, stored_q} <= '0;
  end

  // Buckets from the one asked for on, until one holds a connection or its block ends: the slots one
  // after the other, but those that the first reading showed empty. Of the stash: all 16.
  localparam int unsigned BLOCK = $clog2(sluice_layout_pkg::CONNECTION_READ_BLOCK);
  localparam int unsigned BLOCK_BITS = BUCKET_BITS < BLOCK ? BUCKET_BITS : BLOCK;
  logic asked_q, first_q, last;
  logic [3:0] slot_q, next_slot;
  logic [15:0] left_q, others;  // slots still to be read
  logic upper_stash_q, live, empty;
  logic [16:0] left;
  logic expired;
  logic [127:0] window[0:15];
  logic [127:0] shown_q;
  conn_pkg::body_t body;

  assign body = slot_body_i;
  assign left = body.deadline - now_o;
  assign expired = 17'(now_o - body.deadline) < 17'd8192;  // connection_expired of the layouts
  assign live = slot_live_i && !expired;
  assign read_valid_o = reading_q && !asked_q;
  assign read_slot_o = {upper_stash_q, slot_q};
  assign others = (first_q && !read_stash_o ? slot_others_i : left_q) & ~(16'd1 << slot_q);
  assign last = others == '0;
  assign empty = live_q == '0 && !live;

  always_comb begin
    next_slot = '0;
    for (int unsigned i = 16; i > 0; i--) begin
      if (others[i-1]) next_slot = 4'(i - 1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (asks_read) begin
      reading_q <= 1'b1;
      {first_q, slot_q, left_q} <= {1'b1, 4'd0, 16'hffff};
      live_q <= '0;
      read_stash_o <= write_data_i[BUCKET_BITS];
      upper_stash_q <= write_data_i[BUCKET_BITS] && write_data_i[0];
      read_bucket_o <= write_data_i[BUCKET_BITS-1:0];
    end
    if (read_valid_o && read_ready_i) asked_q <= 1'b1;
    if (slot_valid_i && asked_q) begin
      asked_q <= 1'b0;
      {first_q, slot_q, left_q} <= {1'b0, next_slot, others};
      if (live) live_q[slot_q] <= 1'b1;
      window[slot_q] <= {
        body.reference_out, body.reference_in,
        body.state, body.backend, left,
        slot_key_i[27:12], 4'd0, slot_key_i[11:0],
        slot_key_i[59:28]
      };
      if (last && empty && !read_stash_o && !(&read_bucket_o[BLOCK_BITS-1:0])) begin
        read_bucket_o <= read_bucket_o + 1'b1;
        {first_q, slot_q} <= {1'b1, 4'd0};
      end else if (last) begin
        reading_q <= 1'b0;
      end
    end
    if (rst_i) begin
      {reading_q, asked_q} <= '0;
      live_q <= '0;
    end
  end

  // Epochs, and ticks of the response time.
  logic [15:0] ticks_q, cycles_q;
  logic [5:0] since_q;  // epochs are at least 64 cycles long
  always_ff @(posedge clk_i) begin
    since_q <= since_q + 6'(!(&since_q));
    if (tick_i && ticks_q != '1) ticks_q <= ticks_q + 16'd1;
    if (&since_q && epoch_ticks_q != '0 && ticks_q >= epoch_ticks_q) begin
      now_o <= now_o + 17'd1;
      ticks_q <= 16'(tick_i);
      since_q <= '0;
    end
    cycles_q <= cycles_q + 16'd1;
    if (cycles_q >= response_ticks_q) begin
      cycles_q <= 16'd1;
      response_tick_o <= response_tick_o + 16'd1;
    end
    if (rst_i) {ticks_q, cycles_q, since_q, now_o, response_tick_o} <= '0;
  end

  // Statistics.
  logic [32*EVENTS-1:0] counts;
  logic [5:0] stash_most_q;
  for (genvar i = 0; i < EVENTS; i++) begin : g_count
    up_counter #(
        .PARTS(2)
    ) u_count (
        .clk_i,
        .rst_i,
        .step_i(event_i[i]),
        .count_o(counts[32*i+:32])
    );
  end
  always_ff @(posedge clk_i) begin
    if (rst_i) stash_most_q <= '0;
    else if (stash_used_i > stash_most_q) stash_most_q <= stash_used_i;
  end

  // Reads: two cycles.
  logic read_q, window_q, found, found_q;
  logic [5:0] offset_q;
  logic [31:0] data, data_q, count;
  logic [3:0] event_number;

  assign event_number = 4'(offset_q - at(sluice_layout_pkg::REG_CONN_INSERTED));
  always_comb begin
    count = '0;
    for (int unsigned i = 0; i < EVENTS; i++) begin
      if (event_number == 4'(i)) count |= counts[32*i+:32];
    end
  end

  always_comb begin
    found = 1'b1;
    case (offset_q)
      at(sluice_layout_pkg::REG_CONN_STATUS):
      data = {25'd0, forget_o || forgetting_i, stored_q, hit_q, reading_q, operation_q, flush_q || clearing, in_use_o};
      at(sluice_layout_pkg::REG_CONN_EPOCH_TICKS): data = {16'd0, epoch_ticks_q};
      at(sluice_layout_pkg::REG_CONN_EPOCH): data = {15'd0, now_o};
      at(sluice_layout_pkg::REG_CONN_CLIENT): data = client_q;
      at(sluice_layout_pkg::REG_CONN_PLACE): data = place_q;
      at(sluice_layout_pkg::REG_CONN_ENTRY): data = entry_q;
      at(sluice_layout_pkg::REG_CONN_REFERENCES): data = references_q;
      at(sluice_layout_pkg::REG_CONN_LIVE): data = {16'(read_bucket_o), live_q};
      at(sluice_layout_pkg::REG_CONN_ENTRIES): data = 32'(entries_i);
      at(sluice_layout_pkg::REG_CONN_STASH): data = {18'd0, stash_most_q, 2'd0, stash_used_i};
      at(sluice_layout_pkg::REG_CONN_RESPONSE_TICKS): data = {16'd0, response_ticks_q};
      at(sluice_layout_pkg::REG_CONN_CLIENTS): data = clients_i;
      at(sluice_layout_pkg::REG_CONN_PRESSURE): data = {11'd0, pressure_q};
      default: begin
        found = offset_q >= at(sluice_layout_pkg::REG_CONN_INSERTED) &&
            offset_q < at(sluice_layout_pkg::REG_CONN_INSERTED) + 6'(EVENTS);
        data = found ? count : 32'd0;
      end
    endcase
  end

  always_ff @(posedge clk_i) begin
    read_q <= read_i && !rst_i;
    window_q <= read_window_i;
    offset_q <= read_offset_i;
    shown_q <= window[read_offset_i[5:2]];
    data_q <= window_q ? shown_q[{offset_q[1:0], 5'd0}+:32] : data;
    found_q <= window_q || found;
    read_ack_o <= read_q && !rst_i;
  end
  assign read_data_o = read_ack_o ? data_q : 32'd0;
  assign read_error_o = read_ack_o && !found_q;

  logic unused;
  assign unused = ^{place_q, entry_q};
endmodule
