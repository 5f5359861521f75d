// Persistence: which backend a client of a service goes to. A connection table of its own, keyed by
// client and service, in step with the one for connections: every port speaks in the same cycle.
//
// A client that is not known gets pick_i, and so does one whose backend takes no new connections
// (gone_i). A SYN remembers it for the time-out of an opening connection, so that nobody fills the
// table for long with addresses that are not his; a known client's data and UDP begin the whole
// time-out anew. backend_o, in the cycle of pick_i, is what the client has then.
module conn_clients #(
    parameter int unsigned BUCKET_BITS = sluice_layout_pkg::CONNECTION_CLIENT_BUCKET_BITS,
    parameter int unsigned READ_CYCLES = 4,
    localparam int unsigned KEY_BITS = sluice_layout_pkg::CONNECTION_KEY_BITS,
    localparam int unsigned ROUNDS = sluice_layout_pkg::CONNECTION_ROUNDS
) (
    input logic clk_i,
    input logic rst_i,

    input  logic [ROUNDS*KEY_BITS/2-1:0] round_keys_i,
    input  logic [                 16:0] now_i,
    input  logic                         sweep_i,
    input  logic                         flush_i,       // hold until flush_done_o
    output logic                         flush_done_o,

    input logic        req_valid_i,
    input logic        req_begins_i,   // SYN or UDP; else data, which are no client's first packet
    input logic        req_syn_i,
    input logic [31:0] req_client_i,
    input logic [ 9:0] req_service_i,
    input logic        req_offer_i,
    input logic [16:0] req_opening_i,  // epochs
    input logic [16:0] req_timeout_i,

    output logic [11:0] lookup_backend_o,
    input  logic        gone_i,
    output logic        ask_valid_o,
    input  logic [11:0] pick_i,
    output logic [11:0] backend_o,

    output logic untracked_o,  // a client found no room

    output logic [BUCKET_BITS+4:0] entries_o
);
  // The event of data begins no entry and keeps one.
  logic [3:0] event_kind;
  assign event_kind = req_syn_i ? sluice_layout_pkg::CONNECTION_EVENT_SYN :
      req_begins_i ? sluice_layout_pkg::CONNECTION_EVENT_UDP_IN :
      sluice_layout_pkg::CONNECTION_EVENT_DATA_OUT;

  logic valid, inserted, renewed, stored;
  assign untracked_o = valid && (inserted || renewed) && !stored;

  // What only connections have.
  logic unused_ready, unused_ask_stored, unused_renews, unused_read_ready, unused_read_valid, unused_read_live;
  logic unused_host, unused_hit, unused_over, unused_resets;
  logic unused_stash, unused_answers, unused_change, unused_up, unused_removed;
  logic unused_removed_active, unused_swept, unused_swept_active, unused_spilled, unused_moved;
  logic unused_swapped, unused_aborted, unused_evicted;
  logic [2:0] unused_state;
  logic [5:0] unused_stash_used;
  logic [11:0] unused_own, unused_service, unused_backend, unused_change_backend, unused_change_service;
  logic [11:0] unused_removed_backend, unused_swept_backend;
  logic [15:0] unused_opened_at, unused_read_others;
  logic [KEY_BITS-1:0] unused_removed_key, unused_swept_key, unused_read_key;
  logic [conn_pkg::BODY_BITS-1:0] unused_read_body;

  conn_table #(
      .KEY_BITS(KEY_BITS),
      .BUCKET_BITS(BUCKET_BITS),
      .READ_CYCLES(READ_CYCLES)
  ) u_table (
      .clk_i,
      .rst_i,
      .round_keys_i,
      .now_i,
      .req_valid_i,
      .req_key_i({req_client_i, 16'd0, 2'd0, req_service_i}),
      .req_event_i(event_kind),
      .req_sees_return_i(1'b0),
      .req_on_down_i(sluice_layout_pkg::CONNECTION_MOVES),
      .req_on_removed_i(sluice_layout_pkg::CONNECTION_KEEPS),
      .req_offer_i,
      .req_sequence_i('0),
      .req_acknowledged_i('0),
      .req_timeouts_i({{3{req_timeout_i}}, req_opening_i}),
      .host_valid_i(1'b0),
      .host_ready_o(unused_ready),
      .host_remove_i(1'b0),
      .host_key_i('0),
      .host_state_i('0),
      .host_backend_i('0),
      .host_timeout_i('0),
      .host_reference_in_i('0),
      .host_reference_out_i('0),
      .lookup_backend_o,
      .gone_i({1'b0, gone_i}),
      .ask_valid_o,
      .ask_renews_o(unused_renews),
      .ask_stored_o(unused_ask_stored),
      .ask_service_o(unused_service),
      .pick_i,
      .backend_o,
      .own_o(unused_own),
      .rsp_valid_o(valid),
      .rsp_host_o(unused_host),
      .rsp_hit_o(unused_hit),
      .rsp_over_o(unused_over),
      .rsp_inserted_o(inserted),
      .rsp_renewed_o(renewed),
      .rsp_stored_o(stored),
      .rsp_resets_o(unused_resets),
      .rsp_stash_o(unused_stash),
      .rsp_answers_o(unused_answers),
      .rsp_opened_at_o(unused_opened_at),
      .rsp_state_o(unused_state),
      .rsp_backend_o(unused_backend),
      .change_valid_o(unused_change),
      .change_up_o(unused_up),
      .change_backend_o(unused_change_backend),
      .change_service_o(unused_change_service),
      .removed_valid_o(unused_removed),
      .removed_active_o(unused_removed_active),
      .removed_backend_o(unused_removed_backend),
      .removed_key_o(unused_removed_key),
      .swept_valid_o(unused_swept),
      .swept_active_o(unused_swept_active),
      .swept_backend_o(unused_swept_backend),
      .swept_key_o(unused_swept_key),
      .swept_evicted_o(unused_evicted),
      .press_i(1'b0),
      .sweep_i,
      .flush_i,
      .flush_done_o,
      .read_valid_i(1'b0),
      .read_ready_o(unused_read_ready),
      .read_stash_i(1'b0),
      .read_bucket_i('0),
      .read_slot_i('0),
      .read_valid_o(unused_read_valid),
      .read_live_o(unused_read_live),
      .read_key_o(unused_read_key),
      .read_body_o(unused_read_body),
      .read_others_o(unused_read_others),
      .spilled_o(unused_spilled),
      .moved_o(unused_moved),
      .swapped_o(unused_swapped),
      .aborted_o(unused_aborted),
      .entries_o,
      .stash_used_o(unused_stash_used)
  );
endmodule
