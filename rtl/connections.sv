// The connection table and the scheduler in the card: requests from the packet path, answers to it,
// their registers and tables for the host.
//
// Cycles count from request_valid_i. The ring's choices come in cycle 11; known_* are there in cycle
// KNOWN_CYCLE for every packet, low for those that asked nothing. Until the table is in use nothing
// is remembered, and the counts are zero.
module connections #(
    parameter int unsigned BUCKET_BITS = sluice_layout_pkg::CONNECTION_BUCKET_BITS,
    parameter int unsigned CLIENT_BUCKET_BITS = sluice_layout_pkg::CONNECTION_CLIENT_BUCKET_BITS,
    parameter int unsigned KNOWN_CYCLE = 18
) (
    input logic clk_i,
    input logic rst_i,
    input logic tick_i,

    input logic request_valid_i,
    input parse_classify_pkg::request_t request_i,
    input logic [2:0] request_scheduler_i,
    input logic [15:0] request_turns_base_i,
    input logic [11:0] request_turns_last_i,
    input logic [16:0] request_persistence_i,
    input logic [1:0] request_on_down_i,
    input logic [1:0] request_on_removed_i,
    input logic [67:0] request_timeouts_i,
    input logic request_epoch_i,
    input logic [11:0] ring_backend_i,
    input logic [11:0] pair_backend_i,
    output logic known_hit_o,
    output logic known_taken_o,
    output logic known_stored_o,
    output logic known_resets_o,
    output logic [11:0] known_backend_o,

    // What a backend of a bank is: {taken out, in service}. Two cycles later.
    output logic [12:0] serving_addr_o,
    input  logic [ 1:0] serving_i,

    // Host: as conn_regs.
    input  logic        write_i,
    input  logic [ 5:0] write_offset_i,
    input  logic [31:0] write_data_i,
    output logic        write_ack_o,
    output logic        write_error_o,
    input  logic        read_i,
    input  logic [ 5:0] read_offset_i,
    input  logic        read_window_i,
    output logic        read_ack_o,
    output logic        read_error_o,
    output logic [31:0] read_data_o,

    // Host: the scheduler's tables, as scheduler.
    input  logic [  4:0] sched_select_i,
    input  logic [ 15:0] sched_entry_i,
    input  logic         sched_word_i,
    input  logic [ 63:0] sched_record_i,
    input  logic         sched_write_i,
    input  logic         sched_read_i,
    output logic [159:0] sched_words_o
);
  localparam int unsigned KEY_BITS = sluice_layout_pkg::CONNECTION_KEY_BITS;
  localparam int unsigned ROUNDS = sluice_layout_pkg::CONNECTION_ROUNDS;
  localparam int unsigned READ_CYCLES = KNOWN_CYCLE - 14;
  localparam int unsigned LOOKUP_CYCLE = 8 + READ_CYCLES;

  logic in_use, flush, flush_done, host_valid, host_ready, host_remove;
  logic [ROUNDS*KEY_BITS/2-1:0] round_keys;
  logic [16:0] now;
  logic [KEY_BITS-1:0] host_key, slot_key, removed_key, swept_key;
  logic [2:0] host_state, rsp_state;
  logic [16:0] host_timeout;
  logic [11:0] host_backend, rsp_backend, lookup_backend, pick;
  logic [15:0] slot_others, host_reference_in, host_reference_out, response_tick;
  logic read_valid, read_ready, read_stash, slot_valid, slot_live;
  logic forget, forgetting, regs_valid, regs_ready, regs_remove, regs_done, regs_read, regs_slot;
  logic regs_read_ready, regs_read_stash;
  logic [11:0] forget_service;
  logic [KEY_BITS-1:0] regs_key;
  logic [BUCKET_BITS-1:0] regs_read_bucket;
  logic [4:0] regs_read_slot;
  logic [BUCKET_BITS-1:0] read_bucket;
  logic [4:0] read_slot;
  logic [conn_pkg::BODY_BITS-1:0] slot_body;
  logic rsp_valid, rsp_host, rsp_hit, rsp_over, rsp_inserted, rsp_renewed, rsp_stored, rsp_resets, rsp_stash;
  logic change_valid, change_up, removed_valid, removed_active, swept_valid, swept_active;
  logic [11:0] change_backend, change_service, removed_backend, swept_backend, ask_service;
  logic ask_valid, ask_renews, ask_stored, spilled, moved, swapped, aborted;
  logic [BUCKET_BITS+4:0] entries;
  logic [5:0] stash_used;
  logic [11:0] events_q;
  logic press, swept_evicted;
  logic packet, request, clear_done, sweep_stall;
  logic persists_ask, client_ask, client_flush_done, client_untracked;
  logic [CLIENT_BUCKET_BITS+4:0] client_entries;

  assign packet = rsp_valid && !rsp_host;
  assign known_hit_o = packet && rsp_hit && !rsp_over;
  assign known_taken_o = packet && (rsp_inserted || rsp_renewed);
  assign known_stored_o = packet && rsp_stored;
  assign known_resets_o = packet && rsp_resets;
  assign known_backend_o = rsp_backend;

  always_ff @(posedge clk_i) begin
    events_q <= {
      swept_valid && swept_evicted,
      client_untracked,
      packet && rsp_resets,
      aborted,
      swapped,
      moved,
      spilled,
      swept_valid && !swept_evicted,
      removed_valid,
      rsp_valid && (rsp_inserted || rsp_renewed) && !rsp_stored,
      packet && rsp_renewed && rsp_stored,
      rsp_valid && rsp_inserted && rsp_stored
    };
  end

  conn_regs #(
      .KEY_BITS(KEY_BITS),
      .BUCKET_BITS(BUCKET_BITS)
  ) u_regs (
      .clk_i,
      .rst_i,
      .tick_i,
      .write_i,
      .write_offset_i,
      .write_data_i,
      .write_ack_o,
      .write_error_o,
      .read_i,
      .read_offset_i,
      .read_window_i,
      .read_ack_o,
      .read_error_o,
      .read_data_o,
      .in_use_o(in_use),
      .round_keys_o(round_keys),
      .now_o(now),
      .response_tick_o(response_tick),
      .press_o(press),
      .flush_o(flush),
      .flush_done_i(flush_done && client_flush_done),
      .clear_done_i(clear_done),
      .forget_o(forget),
      .forget_service_o(forget_service),
      .forgetting_i(forgetting),
      .host_valid_o(regs_valid),
      .host_ready_i(regs_ready),
      .host_remove_o(regs_remove),
      .host_key_o(regs_key),
      .host_state_o(host_state),
      .host_backend_o(host_backend),
      .host_timeout_o(host_timeout),
      .host_reference_in_o(host_reference_in),
      .host_reference_out_o(host_reference_out),
      .done_valid_i(regs_done),
      .done_hit_i(rsp_hit),
      .done_stored_i(rsp_stored),
      .read_valid_o(regs_read),
      .read_ready_i(regs_read_ready),
      .read_stash_o(regs_read_stash),
      .read_bucket_o(regs_read_bucket),
      .read_slot_o(regs_read_slot),
      .slot_valid_i(regs_slot),
      .slot_live_i(slot_live),
      .slot_key_i(slot_key),
      .slot_body_i(slot_body),
      .slot_others_i(slot_others),
      .event_i(events_q),
      .entries_i(entries),
      .clients_i(32'(client_entries)),
      .stash_used_i(stash_used)
  );

  conn_forget #(
      .KEY_BITS(KEY_BITS),
      .BUCKET_BITS(BUCKET_BITS)
  ) u_forget (
      .clk_i,
      .rst_i,
      .start_i(forget),
      .service_i(forget_service),
      .busy_o(forgetting),
      .host_valid_i(regs_valid),
      .host_ready_o(regs_ready),
      .host_remove_i(regs_remove),
      .host_key_i(regs_key),
      .host_done_o(regs_done),
      .read_valid_i(regs_read),
      .read_ready_o(regs_read_ready),
      .read_stash_i(regs_read_stash),
      .read_bucket_i(regs_read_bucket),
      .read_slot_i(regs_read_slot),
      .slot_valid_o(regs_slot),
      .host_valid_o(host_valid),
      .host_ready_i(host_ready),
      .host_remove_o(host_remove),
      .host_key_o(host_key),
      .host_done_i(rsp_valid && rsp_host),
      .host_hit_i(rsp_hit),
      .read_valid_o(read_valid),
      .read_ready_i(read_ready),
      .read_stash_o(read_stash),
      .read_bucket_o(read_bucket),
      .read_slot_o(read_slot),
      .slot_valid_i(slot_valid),
      .slot_live_i(slot_live),
      .slot_key_i(slot_key),
      .slot_others_i(slot_others)
  );

  // The bank whose backends the packet sees and its service, beside the table.
  logic lookup_epoch;
  logic [9:0] lookup_service;
  conn_delay #(
      .BITS  (11),
      .CYCLES(LOOKUP_CYCLE)
  ) u_lookup (
      .clk_i,
      .data_i({request_epoch_i, request_i.service_index[9:0]}),
      .data_o({lookup_epoch, lookup_service})
  );
  assign serving_addr_o = {lookup_epoch, lookup_backend};

  assign request = request_valid_i && in_use;

  // Response time: a SYN acknowledges nothing and leaves its time there; 0 is no time.
  logic is_syn, rsp_answers, sample_valid_q;
  logic [11:0] sample_backend_q;
  logic [15:0] rsp_opened_at, sample_ticks_q;
  assign is_syn = request_i.event_[3:0] == sluice_layout_pkg::CONNECTION_EVENT_SYN;
  always_ff @(posedge clk_i) begin
    sample_valid_q <= packet && rsp_answers && rsp_opened_at != '0;
    sample_backend_q <= rsp_backend;
    sample_ticks_q <= {response_tick[15:1], 1'b1} - rsp_opened_at;
  end

  scheduler u_scheduler (
      .clk_i,
      .rst_i,
      .clear_i(!in_use),
      .clear_done_o(clear_done),
      .req_valid_i(request),
      .req_service_i(request_i.service_index[9:0]),
      .req_kind_i(request_scheduler_i),
      .req_turns_base_i(request_turns_base_i),
      .req_turns_last_i(request_turns_last_i),
      .req_begins_i(request_i.begins[0]),
      .ring_backend_i,
      .pair_backend_i,
      .ask_valid_i(ask_valid && (!persists_ask || client_ask)),
      .ask_stored_i(ask_stored),
      .pick_o(pick),
      .change_valid_i(change_valid),
      .change_up_i(change_up),
      .change_backend_i(change_backend),
      .change_service_i(change_service),
      .removed_valid_i(removed_valid),
      .removed_active_i(removed_active),
      .removed_backend_i(removed_backend),
      .removed_service_i(removed_key[11:0]),
      .swept_valid_i(swept_valid),
      .swept_active_i(swept_active),
      .swept_backend_i(swept_backend),
      .swept_service_i(swept_key[11:0]),
      .sweep_stall_o(sweep_stall),
      .sample_valid_i(sample_valid_q),
      .sample_backend_i(sample_backend_q),
      .sample_ticks_i(sample_ticks_q),
      .select_i(sched_select_i),
      .entry_i(sched_entry_i),
      .word_i(sched_word_i),
      .record_i(sched_record_i),
      .write_i(sched_write_i),
      .read_i(sched_read_i),
      .words_o(sched_words_o)
  );

  // Persistence: packets that may begin a connection ask a second table for their client, which its
  // data keep there. A client that is new there gets what its connection has or, if that is new too,
  // the scheduler's proposal; a new connection's proposal is its client's backend. A connection that cannot be stored follows
  // the ring, as its other packets will.
  logic has_clients, persists, uses, follows_pick;
  logic asks_16_q, asks_pick;
  logic [11:0] client_lookup, client_backend, own;
  always_ff @(posedge clk_i) begin
    {asks_pick, asks_16_q} <= {asks_16_q, ask_valid};
  end
  logic [11:0] unused_backend;

  // A client leaves a backend that takes no new connections. The table `shares` says so, in which a
  // place that got another owner names another service, too.
  logic share_write_q, share_takes_q, client_takes;
  logic [9:0] share_service_q;
  sluice_layout_pkg::share_t share;
  assign share = sluice_layout_pkg::share_compress(sched_record_i);
  always_ff @(posedge clk_i) begin
    share_write_q <= sched_write_i && sched_select_i[1];
    share_takes_q <= share.cost != '0;
    share_service_q <= share.service;
  end
  conn_takers u_takers (
      .clk_i,
      .write_i(share_write_q),
      .write_backend_i(sched_entry_i[11:0]),
      .write_service_i(share_service_q),
      .write_takes_i(share_takes_q),
      .backend_i(client_lookup),
      .service_i(lookup_service),
      .takes_o(client_takes)
  );

  assign has_clients = request && request_persistence_i != '0;
  assign persists = has_clients && request_i.begins[0];
  assign uses = has_clients && request_i.event_[3:0] == sluice_layout_pkg::CONNECTION_EVENT_DATA_IN;
  conn_delay #(
      .BITS  (1),
      .CYCLES(11 + READ_CYCLES)
  ) u_persists_ask (
      .clk_i,
      .data_i(persists),
      .data_o(persists_ask)
  );
  conn_delay #(
      .BITS  (1),
      .CYCLES(2)
  ) u_follows_pick (
      .clk_i,
      .data_i(persists_ask && ask_stored),
      .data_o(follows_pick)
  );

  conn_clients #(
      .BUCKET_BITS(CLIENT_BUCKET_BITS),
      .READ_CYCLES(READ_CYCLES)
  ) u_clients (
      .clk_i,
      .rst_i,
      .round_keys_i(round_keys),
      .now_i(now),
      .sweep_i(in_use || flush),
      .flush_i(flush),
      .flush_done_o(client_flush_done),
      .req_valid_i(persists || uses),
      .req_begins_i(persists),
      .req_syn_i(is_syn),
      .req_client_i(request_i.client),
      .req_service_i(request_i.service_index[9:0]),
      .req_offer_i(request_i.offer[0]),
      .req_opening_i(request_timeouts_i[16:0]),
      .req_timeout_i(request_persistence_i),
      .lookup_backend_o(client_lookup),
      .gone_i(!client_takes),
      .ask_valid_o(client_ask),
      .pick_i(asks_pick ? pick : own),
      .backend_o(client_backend),
      .untracked_o(client_untracked),
      .entries_o(client_entries)
  );

  conn_table #(
      .KEY_BITS(KEY_BITS),
      .BUCKET_BITS(BUCKET_BITS),
      .READ_CYCLES(READ_CYCLES)
  ) u_table (
      .clk_i,
      .rst_i,
      .round_keys_i(round_keys),
      .now_i(now),
      .req_valid_i(request),
      .req_key_i({request_i.client, request_i.client_port, 2'd0, request_i.service_index[9:0]}),
      .req_event_i(request_i.event_[3:0]),
      .req_sees_return_i(request_i.sees_return[0]),
      .req_on_down_i(request_on_down_i),
      .req_on_removed_i(request_on_removed_i),
      .req_offer_i(request_i.offer[0]),
      .req_sequence_i(request_i.sequence_),
      .req_acknowledged_i(is_syn ? {response_tick[15:1], 1'b1} : request_i.acknowledged),
      .req_timeouts_i(request_timeouts_i),
      .host_valid_i(host_valid),
      .host_ready_o(host_ready),
      .host_remove_i(host_remove),
      .host_key_i(host_key),
      .host_state_i(host_state),
      .host_backend_i(host_backend),
      .host_timeout_i(host_timeout),
      .host_reference_in_i(host_reference_in),
      .host_reference_out_i(host_reference_out),
      .lookup_backend_o(lookup_backend),
      .gone_i({serving_i[1], !serving_i[0]}),
      .ask_valid_o(ask_valid),
      .ask_renews_o(ask_renews),
      .ask_stored_o(ask_stored),
      .ask_service_o(ask_service),
      .pick_i(follows_pick ? client_backend : pick),
      .backend_o(unused_backend),
      .own_o(own),
      .rsp_valid_o(rsp_valid),
      .rsp_host_o(rsp_host),
      .rsp_hit_o(rsp_hit),
      .rsp_over_o(rsp_over),
      .rsp_inserted_o(rsp_inserted),
      .rsp_renewed_o(rsp_renewed),
      .rsp_stored_o(rsp_stored),
      .rsp_resets_o(rsp_resets),
      .rsp_stash_o(rsp_stash),
      .rsp_answers_o(rsp_answers),
      .rsp_opened_at_o(rsp_opened_at),
      .rsp_state_o(rsp_state),
      .rsp_backend_o(rsp_backend),
      .change_valid_o(change_valid),
      .change_up_o(change_up),
      .change_backend_o(change_backend),
      .change_service_o(change_service),
      .removed_valid_o(removed_valid),
      .removed_active_o(removed_active),
      .removed_backend_o(removed_backend),
      .removed_key_o(removed_key),
      .swept_valid_o(swept_valid),
      .swept_active_o(swept_active),
      .swept_backend_o(swept_backend),
      .swept_key_o(swept_key),
      .swept_evicted_o(swept_evicted),
      .press_i(press),
      .sweep_i((in_use || flush) && !sweep_stall),
      .flush_i(flush),
      .flush_done_o(flush_done),
      .read_valid_i(read_valid),
      .read_ready_o(read_ready),
      .read_stash_i(read_stash),
      .read_bucket_i(read_bucket),
      .read_slot_i(read_slot),
      .read_valid_o(slot_valid),
      .read_live_o(slot_live),
      .read_key_o(slot_key),
      .read_body_o(slot_body),
      .read_others_o(slot_others),
      .spilled_o(spilled),
      .moved_o(moved),
      .swapped_o(swapped),
      .aborted_o(aborted),
      .entries_o(entries),
      .stash_used_o(stash_used)
  );

  // Bits of the C++ types that never carry anything.
  logic unused;
  assign unused = ^{request_i, share, rsp_stash, rsp_state, ask_renews, ask_service, removed_key, swept_key,
                    response_tick[0]};
endmodule
