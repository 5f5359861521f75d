// The connection table (docs/connections.md): one operation a cycle at a fixed latency.
//
// A request has no back-pressure. From the cycle of req_valid_i:
//
//   + 8 + READ_CYCLES   lookup_backend_o; two cycles later gone_i says whether it is gone
//   + 11 + READ_CYCLES  ask_*: an entry is made or gets another backend; two cycles later pick_i is
//                       the scheduler's proposal, which is always valid: req_offer_i said so
//   + LATENCY           rsp_* (LATENCY = 14 + READ_CYCLES), change_*: the operation's own count
//   + LATENCY + 4       removed_*: an entry of another key that made room, or the operation's own
//                       entry before it got another backend
//
// Operations of the host go in cycles without a request; they answer alike, with rsp_host_o. now_i
// counts epochs and moves at most once in 64 cycles. Round keys change only while the table is
// empty. A reset (of 8 cycles) empties the pipeline and the stash, not the memories: flush then.
//
// Counts of active connections, of backends and services alike: one more for change_valid_o with
// change_up_o, one less for change_valid_o without, for removed_valid_o with removed_active_o and
// for swept_valid_o with swept_active_o. The service is the lowest 12 bits of a key.
module conn_table #(
    parameter int unsigned KEY_BITS = sluice_layout_pkg::CONNECTION_KEY_BITS,
    parameter int unsigned BUCKET_BITS = sluice_layout_pkg::CONNECTION_BUCKET_BITS,
    parameter int unsigned READ_CYCLES = 4,  // of the memories, 2 or more
    localparam int unsigned ROUNDS = sluice_layout_pkg::CONNECTION_ROUNDS
) (
    input logic clk_i,
    input logic rst_i,

    input logic [ROUNDS*KEY_BITS/2-1:0] round_keys_i,
    input logic [                 16:0] now_i,

    input logic                req_valid_i,
    input logic [KEY_BITS-1:0] req_key_i,          // {client address, client port, service}
    input logic [         3:0] req_event_i,        // CONNECTION_EVENT_*, of a packet
    input logic                req_sees_return_i,  // the card sees the backend's packets
    input logic [         1:0] req_on_down_i,      // CONNECTION_RESETS, _MOVES, _KEEPS
    input logic [         1:0] req_on_removed_i,
    input logic                req_offer_i,        // the service has a backend to propose
    input logic [        15:0] req_sequence_i,     // upper halves of the packet's numbers
    input logic [        15:0] req_acknowledged_i,
    input logic [        67:0] req_timeouts_i,     // {closed, half closed, established, opening}

    input  logic                host_valid_i,
    output logic                host_ready_o,
    input  logic                host_remove_i,         // else restore, if the key has no entry
    input  logic [KEY_BITS-1:0] host_key_i,
    input  logic [         2:0] host_state_i,          // 1 to 7
    input  logic [        11:0] host_backend_i,
    input  logic [        16:0] host_timeout_i,        // epochs left
    input  logic [        15:0] host_reference_in_i,
    input  logic [        15:0] host_reference_out_i,

    output logic [11:0] lookup_backend_o,
    input  logic [ 1:0] gone_i,  // {taken out, out of service}

    output logic        ask_valid_o,
    output logic        ask_renews_o,
    output logic        ask_stored_o,  // else nothing will remember the proposal
    output logic [11:0] ask_service_o,
    input  logic [11:0] pick_i,
    output logic [11:0] backend_o,  // in the cycle of pick_i: what the response will say
    output logic [11:0] own_o,      // then: the backend of an entry that was there

    output logic        rsp_valid_o,
    output logic        rsp_host_o,
    output logic        rsp_hit_o,       // there was an entry, not expired
    output logic        rsp_over_o,      // a SYN without an offer: it does not know where to go
    output logic        rsp_inserted_o,  // there was none, and the backend is the proposal
    output logic        rsp_renewed_o,   // there was one, and the backend is the proposal
    output logic        rsp_stored_o,    // of these two: an entry remembers it
    output logic        rsp_resets_o,    // the backend is gone: a RST to the client
    output logic        rsp_stash_o,
    output logic        rsp_answers_o,    // the first SYN-ACK of a connection;
    output logic [15:0] rsp_opened_at_o,  // its SYN had this as req_acknowledged_i, 0: came twice
    output logic [ 2:0] rsp_state_o,     // afterwards
    output logic [11:0] rsp_backend_o,   // of an entry or proposal; else without meaning

    output logic                change_valid_o,
    output logic                change_up_o,
    output logic [        11:0] change_backend_o,
    output logic [        11:0] change_service_o,
    output logic                removed_valid_o,
    output logic                removed_active_o,
    output logic [        11:0] removed_backend_o,
    output logic [KEY_BITS-1:0] removed_key_o,
    output logic                swept_valid_o,
    output logic                swept_active_o,
    output logic [        11:0] swept_backend_o,
    output logic [KEY_BITS-1:0] swept_key_o,
    output logic                swept_evicted_o,  // it had not expired

    input  logic                           press_i,  // half-open entries give way to inserts
    input  logic                           sweep_i,
    input  logic                           flush_i,       // hold until flush_done_o
    output logic                           flush_done_o,
    input  logic                           read_valid_i,  // a slot, for the host
    output logic                           read_ready_o,
    input  logic                           read_stash_i,  // entry read_slot_i of the stash instead
    input  logic [        BUCKET_BITS-1:0] read_bucket_i,
    input  logic [                    4:0] read_slot_i,   // {subtable, slot}
    output logic                           read_valid_o,
    output logic                           read_live_o,
    output logic [           KEY_BITS-1:0] read_key_o,
    output logic [conn_pkg::BODY_BITS-1:0] read_body_o,
    output logic [                   15:0] read_others_o,  // slots of the bucket that may be live

    output logic                 spilled_o,  // events: an insert goes to the stash,
    output logic                 moved_o,    // a stash entry back to the table,
    output logic                 swapped_o,  // or in exchange for another one,
    output logic                 aborted_o,  // or gave way to the traffic
    output logic [BUCKET_BITS+4:0] entries_o,  // expired ones included
    output logic [          5:0] stash_used_o
);
  localparam int unsigned N = READ_CYCLES + 8;  // operations ahead that the memory does not show
  localparam int unsigned ROW = 4 * BUCKET_BITS;
  localparam int unsigned REMAINDER_BITS = KEY_BITS - BUCKET_BITS;
  localparam int unsigned BODY = conn_pkg::BODY_BITS;
  localparam int unsigned WORD = BODY + REMAINDER_BITS;
  localparam int unsigned OP = conn_pkg::OP_BITS;

  // Requests to S0.
  logic pre_valid, valid_s0;
  logic [ROW-1:0] pre_buckets, buckets_s0;
  logic [KEY_BITS-1:0] key_s0;
  logic [OP-1:0] op_sc, unused_op_sp, op_ss, op_st, op_x, op_y1;
  logic [N:0] valids;

  conn_front #(
      .KEY_BITS(KEY_BITS),
      .BUCKET_BITS(BUCKET_BITS),
      .READ_CYCLES(READ_CYCLES),
      .ROUNDS(ROUNDS)
  ) u_front (
      .clk_i, .rst_i,
      .round_keys_i,
      .now_i,
      .req_valid_i,
      .req_key_i,
      .req_event_i,
      .req_sees_return_i,
      .req_on_down_i,
      .req_on_removed_i,
      .req_offer_i,
      .req_sequence_i,
      .req_acknowledged_i,
      .req_timeouts_i,
      .host_valid_i,
      .host_ready_o,
      .host_remove_i,
      .host_key_i,
      .host_state_i,
      .host_backend_i,
      .host_timeout_i,
      .host_reference_in_i,
      .host_reference_out_i,
      .pre_valid_o(pre_valid),
      .pre_buckets_o(pre_buckets),
      .valid_o(valid_s0),
      .key_o(key_s0),
      .buckets_o(buckets_s0),
      .valids_i(valids[READ_CYCLES+5:0]),
      .ops_o({op_y1, op_x, op_st, op_ss, unused_op_sp, op_sc})
  );

  logic [(N+1)*ROW-1:0] buckets;
  logic [KEY_BITS-1:0] key_sc, key_v;
  logic [N:4] same_sp;
  logic [4*N-1:12] shares_sp;
  logic same_ss, same_st, same_x, same_v;
  logic [3:0] shares_ss, shares_st, shares_next_st;
  logic [N:2] nearest_y2;

  conn_window #(
      .KEY_BITS(KEY_BITS),
      .BUCKET_BITS(BUCKET_BITS),
      .READ_CYCLES(READ_CYCLES)
  ) u_window (
      .clk_i, .rst_i,
      .valid_i(valid_s0),
      .key_i(key_s0),
      .buckets_i(buckets_s0),
      .valids_o(valids),
      .buckets_o(buckets),
      .key_sc_o(key_sc),
      .key_v_o(key_v),
      .same_sp_o(same_sp),
      .shares_sp_o(shares_sp),
      .same_ss_o(same_ss),
      .shares_ss_o(shares_ss),
      .same_st_o(same_st),
      .shares_st_o(shares_st),
      .shares_next_st_o(shares_next_st),
      .same_x_o(same_x),
      .nearest_y2_o(nearest_y2),
      .same_v_o(same_v)
  );

  // Memories and stash.
  logic [16*WORD-1:0] words_sc, back_words, words_sp;
  logic [3:0] back_words_valid;
  logic [READ_CYCLES:1] back_valids;
  logic [ROW-1:0] back_row, back_write_row;
  logic write, back_write, stash_write, live;
  logic [3:0] slot, back_slot;
  logic [4:0] index;
  logic [BODY-1:0] body;
  logic [WORD-1:0] back_word;
  logic [15:0] match, free;

  conn_memory #(
      .BUCKET_BITS(BUCKET_BITS),
      .REMAINDER_BITS(REMAINDER_BITS),
      .READ_CYCLES(READ_CYCLES)
  ) u_memory (
      .clk_i, .rst_i,
      .a_valid_i(valids[READ_CYCLES:1]),
      .a_buckets_i(buckets[ROW+:ROW]),
      .a_words_o(words_sc),
      .b_valid_i(back_valids[READ_CYCLES:1]),
      .b_buckets_i(back_row),
      .b_words_o(back_words),
      .b_read_o(back_words_valid),
      .write_i(write),
      .slot_i(slot),
      .buckets_i(buckets[N*ROW+:ROW]),
      .word_i({body, key_v[REMAINDER_BITS-1:0]}),
      .back_write_i(back_write),
      .back_slot_i(back_slot),
      .back_buckets_i(back_write_row),
      .back_word_i(back_word)
  );

  conn_match #(
      .REMAINDER_BITS(REMAINDER_BITS)
  ) u_match (
      .clk_i,
      .valid_i(valids[READ_CYCLES+1]),
      .words_i(words_sc),
      .remainder_i(key_sc[REMAINDER_BITS-1:0]),
      .op_i(op_sc),
      .match_o(match),
      .free_o(free),
      .words_o(words_sp)
  );

  logic stash_found, stash_room, stash_take, stash_live, stash_done, stash_clear, stash_swap;
  logic pickable, hold, held;
  logic [4:0] stash_index, stash_room_index, pick_index, hold_index, fetch_index, read_index;
  logic [4:0] done_index;
  logic [BODY-1:0] stash_body, stash_read_body, swap_body;
  logic [KEY_BITS-1:0] fetch_key, swap_key;

  conn_stash #(
      .KEY_BITS(KEY_BITS)
  ) u_stash (
      .clk_i, .rst_i,
      .valid_i(valids[READ_CYCLES+1]),
      .key_i(key_sc),
      .found_o(stash_found),
      .index_o(stash_index),
      .body_o(stash_body),
      .room_o(stash_room),
      .room_index_o(stash_room_index),
      .take_i(stash_take),
      .write_i(stash_write),
      .live_i(live),
      .write_index_i(index),
      .write_key_i(key_v),
      .write_body_i(body),
      .pickable_o(pickable),
      .pick_index_o(pick_index),
      .hold_i(hold),
      .hold_index_i(hold_index),
      .held_o(held),
      .fetch_index_i(fetch_index),
      .fetch_key_o(fetch_key),
      .read_index_i(read_index),
      .read_live_o(stash_live),
      .read_body_o(stash_read_body),
      .done_i(stash_done),
      .done_index_i(done_index),
      .clear_i(stash_clear),
      .swap_i(stash_swap),
      .swap_key_i(swap_key),
      .swap_body_i(swap_body),
      .used_o(stash_used_o)
  );

  logic [15:0] taken, written;
  logic first_valid, first_shared, second_valid;
  logic [3:0] first, second;
  logic [11:0] backend_ss;  // what the memory shows
  logic [conn_pkg::VIEW_BITS-1:0] view;
  logic [conn_pkg::POST_BITS-1:0] post;
  logic [conn_pkg::DONE_BITS-1:0] done;

  assign lookup_backend_o = backend_ss;
  conn_choose #(
      .READ_CYCLES(READ_CYCLES)
  ) u_choose (
      .clk_i, .rst_i,
      .free_i(free),
      .shares_sp_i(shares_sp),
      .shares_ss_i(shares_ss),
      .shares_st_i(shares_st),
      .shares_next_st_i(shares_next_st),
      .written_i(written),
      .taken_o(taken),
      .first_valid_o(first_valid),
      .first_o(first),
      .first_shared_o(first_shared),
      .second_valid_o(second_valid),
      .second_o(second)
  );

  conn_merge #(
      .READ_CYCLES(READ_CYCLES),
      .REMAINDER_BITS(REMAINDER_BITS)
  ) u_merge (
      .clk_i, .rst_i,
      .match_i(match),
      .taken_i(taken),
      .words_i(words_sp),
      .stash_found_i(stash_found),
      .stash_index_i(stash_index),
      .stash_body_i(stash_body),
      .same_sp_i(same_sp),
      .same_ss_i(same_ss),
      .shares_ss_i(shares_ss),
      .same_st_i(same_st),
      .shares_st_i(shares_st),
      .shares_next_st_i(shares_next_st),
      .op_ss_i(op_ss),
      .op_st_i(op_st),
      .op_x_i(op_x),
      .post_i(post),
      .backend_o(backend_ss),
      .view_o(view)
  );

  always_ff @(posedge clk_i) spilled_o <= stash_take;
  conn_commit u_commit (
      .clk_i, .rst_i,
      .valid_st_i(valids[READ_CYCLES+4]),
      .op_st_i(op_st),
      .valid_i(valids[READ_CYCLES+5]),
      .op_i(op_x),
      .view_i(view),
      .same_i(same_x),
      .gone_i,
      .first_valid_i(first_valid),
      .first_i(first),
      .first_shared_i(first_shared),
      .second_valid_i(second_valid),
      .second_i(second),
      .stash_room_i(stash_room),
      .stash_index_i(stash_room_index),
      .stash_take_o(stash_take),
      .post_o(post),
      .done_o(done),
      .written_o(written),
      .ask_valid_o,
      .ask_renews_o,
      .ask_stored_o,
      .ask_service_o
  );

  // From Y1 to the response in W.
  logic grows, shrinks;
  conn_finish #(
      .KEY_BITS(KEY_BITS),
      .BUCKET_BITS(BUCKET_BITS),
      .READ_CYCLES(READ_CYCLES),
      .ROUNDS(ROUNDS)
  ) u_finish (
      .clk_i, .rst_i,
      .round_keys_i,
      .valids_i(valids[READ_CYCLES+5:READ_CYCLES+2]),
      .words_sp_i(words_sp),
      .backend_ss_i(backend_ss),
      .op_y1_i(op_y1),
      .post_y1_i(post),
      .done_y1_i(done),
      .buckets_y1_i(buckets[(READ_CYCLES+6)*ROW+:ROW]),
      .nearest_y2_i(nearest_y2),
      .same_v_i(same_v),
      .key_v_i(key_v),
      .pick_i,
      .write_o(write),
      .stash_write_o(stash_write),
      .live_o(live),
      .slot_o(slot),
      .index_o(index),
      .body_o(body),
      .backend_o,
      .own_o,
      .rsp_valid_o,
      .rsp_host_o,
      .rsp_hit_o,
      .rsp_over_o,
      .rsp_inserted_o,
      .rsp_renewed_o,
      .rsp_stored_o,
      .rsp_resets_o,
      .rsp_stash_o,
      .rsp_answers_o,
      .rsp_opened_at_o,
      .rsp_state_o,
      .rsp_backend_o,
      .change_valid_o,
      .change_up_o,
      .change_backend_o,
      .change_service_o,
      .grows_o(grows),
      .shrinks_o(shrinks),
      .removed_valid_o, .removed_active_o, .removed_backend_o, .removed_key_o
  );

  conn_mover #(
      .KEY_BITS(KEY_BITS),
      .BUCKET_BITS(BUCKET_BITS),
      .READ_CYCLES(READ_CYCLES),
      .ROUNDS(ROUNDS)
  ) u_mover (
      .clk_i, .rst_i,
      .round_keys_i,
      .now_i,
      .press_i,
      .insert_i(grows),
      .sweep_i,
      .flush_i,
      .flush_done_o,
      .read_valid_i,
      .read_ready_o,
      .read_stash_i,
      .read_bucket_i,
      .read_slot_i,
      .pre_valid_i(pre_valid),
      .pre_buckets_i(pre_buckets),
      .valids_i(valids),
      .buckets_i(buckets),
      .busy_valid_i(write),
      .busy_subtable_i(slot[3:2]),
      .pickable_i(pickable),
      .pick_index_i(pick_index),
      .hold_o(hold),
      .hold_index_o(hold_index),
      .held_i(held),
      .fetch_index_o(fetch_index),
      .fetch_key_i(fetch_key),
      .stash_index_o(read_index),
      .stash_live_i(stash_live),
      .stash_body_i(stash_read_body),
      .stash_used_i(stash_used_o),
      .done_o(stash_done),
      .done_index_o(done_index),
      .clear_o(stash_clear),
      .swap_o(stash_swap),
      .swap_key_o(swap_key),
      .swap_body_o(swap_body),
      .valids_o(back_valids),
      .row_o(back_row),
      .words_i(back_words),
      .words_valid_i(back_words_valid),
      .write_o(back_write),
      .slot_o(back_slot),
      .write_row_o(back_write_row),
      .word_o(back_word),
      .swept_valid_o, .swept_active_o, .swept_backend_o, .swept_key_o, .swept_evicted_o,
      .read_valid_o,
      .read_live_o,
      .read_key_o,
      .read_body_o,
      .read_others_o,
      .moved_o,
      .swapped_o,
      .aborted_o
  );

  logic first_q;  // what the first flush after a reset finds was not counted
  always_ff @(posedge clk_i) first_q <= rst_i || (first_q && !flush_done_o && !rsp_valid_o);
  conn_statistics #(
      .BITS(BUCKET_BITS + 5)
  ) u_statistics (
      .clk_i,
      .rst_i(rst_i || (first_q && flush_i)),
      .grows_i(grows),
      .shrinks_i(shrinks),
      .swept_i(swept_valid_o),
      .entries_o
  );
endmodule
