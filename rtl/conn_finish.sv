// Y1 to W: the backend of an operation, the word or stash entry that it writes, the response, and
// what the counts must know.
//
// An entry's backend comes in V, from the scheduler or from the nearest operation of the same key
// ahead or from the word that was read. Response and own change of the count: W. The entry that
// made room, or whose backend changed: W + 4, as its key is looked up backwards.
module conn_finish #(
    parameter int unsigned KEY_BITS = 60,
    parameter int unsigned BUCKET_BITS = 16,
    parameter int unsigned READ_CYCLES = 4,
    parameter int unsigned ROUNDS = 12,
    localparam int unsigned N = READ_CYCLES + 8,
    localparam int unsigned ROW = 4 * BUCKET_BITS,
    localparam int unsigned REMAINDER_BITS = KEY_BITS - BUCKET_BITS,
    localparam int unsigned BODY = conn_pkg::BODY_BITS,
    localparam int unsigned WORD = BODY + REMAINDER_BITS
) (
    input logic clk_i,
    input logic rst_i,

    input logic [ROUNDS*KEY_BITS/2-1:0] round_keys_i,

    input logic [                    3:0] valids_i,      // SP to X
    input logic [            16*WORD-1:0] words_sp_i,    // in SP
    input logic [                   11:0] backend_ss_i,  // in SS
    input logic [  conn_pkg::OP_BITS-1:0] op_y1_i,       // in Y1
    input logic [conn_pkg::POST_BITS-1:0] post_y1_i,
    input logic [conn_pkg::DONE_BITS-1:0] done_y1_i,
    input logic [                ROW-1:0] buckets_y1_i,
    input logic [                    N:2] nearest_y2_i,
    input logic                           same_v_i,
    input logic [           KEY_BITS-1:0] key_v_i,
    input logic [                   11:0] pick_i,        // in V

    // In V.
    output logic            write_o,
    output logic            stash_write_o,
    output logic            live_o,
    output logic [     3:0] slot_o,
    output logic [     4:0] index_o,
    output logic [BODY-1:0] body_o,
    output logic [    11:0] backend_o,
    output logic [    11:0] own_o,       // without pick_i: of an entry that was there

    // In W.
    output logic        rsp_valid_o,
    output logic        rsp_host_o,
    output logic        rsp_hit_o,
    output logic        rsp_over_o,  // a SYN on no active entry, and no proposal for it
    output logic        rsp_inserted_o,
    output logic        rsp_renewed_o,
    output logic        rsp_stored_o,
    output logic        rsp_resets_o,
    output logic        rsp_stash_o,
    output logic        rsp_answers_o,
    output logic [15:0] rsp_opened_at_o,
    output logic [ 2:0] rsp_state_o,
    output logic [11:0] rsp_backend_o,
    output logic        change_valid_o,
    output logic        change_up_o,
    output logic [11:0] change_backend_o,
    output logic [11:0] change_service_o,
    output logic        grows_o,
    output logic        shrinks_o,

    // In W + 4.
    output logic                removed_valid_o,
    output logic                removed_active_o,
    output logic [        11:0] removed_backend_o,
    output logic [KEY_BITS-1:0] removed_key_o
);
  conn_pkg::op_t op;
  conn_pkg::post_t post, post_v;
  conn_pkg::done_t done, done_v;
  assign op = op_y1_i;
  assign post = post_y1_i;
  assign done = done_y1_i;

  // What was in the slots, without deadlines and references.
  localparam int unsigned OLD = 15 + REMAINDER_BITS;  // {state, backend, remainder}
  logic [16*OLD-1:0] old_sp, old_y1;
  for (genvar e = 0; e < 16; e++) begin : g_old
    assign old_sp[OLD*e+:OLD] = words_sp_i[WORD*e+:OLD];
  end
  logic [4*16*OLD-1:0] unused_old;
  conn_line #(
      .BITS  (16 * OLD),
      .CYCLES(4)
  ) u_old (
      .clk_i,
      .moves_i(valids_i),
      .data_i(old_sp),
      .line_o(unused_old),
      .data_o(old_y1)
  );

  // Y1: deadline, the slot's old word.
  logic [16:0] deadline, deadline_y2_q, deadline_v_q;
  logic [OLD-1:0] old, old_y2_q, old_v_q;
  logic [BUCKET_BITS-1:0] old_bucket_y2_q;
  logic [1:0] subtable_y2_q;

  always_comb begin
    case (post.state)
      sluice_layout_pkg::CONNECTION_OPENING, sluice_layout_pkg::CONNECTION_UNCONFIRMED:
      deadline = op.deadlines[16:0];
      sluice_layout_pkg::CONNECTION_CLIENT_FIN, sluice_layout_pkg::CONNECTION_BACKEND_FIN:
      deadline = op.deadlines[50:34];
      sluice_layout_pkg::CONNECTION_CLOSED, sluice_layout_pkg::CONNECTION_RESET:
      deadline = op.deadlines[67:51];
      default: deadline = op.deadlines[33:17];
    endcase
    old = '0;
    for (int unsigned e = 0; e < 16; e++) begin
      if (post.slot == 4'(e)) old |= old_y1[OLD*e+:OLD];
    end
  end

  always_ff @(posedge clk_i) if (done.valid) begin
    deadline_y2_q <= deadline;
    old_y2_q <= old;
    subtable_y2_q <= post.slot[3:2];
    old_bucket_y2_q <= buckets_y1_i[BUCKET_BITS*post.slot[3:2]+:BUCKET_BITS];
  end

  // Y2: the old word's key; the backend but for the operation directly ahead.
  logic [1:0] valid_q;  // Y2, V: in a reset what is under way ends
  logic [ROW-1:0] lefts;
  logic [BUCKET_BITS-1:0] old_left_v_q;
  logic [11:0] backend_y2, backend_v_q;
  logic [12*(N-1)-1:0] backends_q;  // of those ahead, the one in W lowest

  conn_index #(
      .BUCKET_BITS(BUCKET_BITS),
      .REMAINDER_BITS(REMAINDER_BITS)
  ) u_index (
      .left_i(old_bucket_y2_q),
      .remainder_i(old_y2_q[REMAINDER_BITS-1:0]),
      .buckets_o(lefts)
  );
  conn_delay #(
      .BITS  (12),
      .CYCLES(4)
  ) u_backend (
      .clk_i,
      .data_i(backend_ss_i),
      .data_o(backend_y2)
  );

  logic [11:0] chained;
  always_comb begin
    chained = nearest_y2_i == '0 ? backend_y2 : '0;
    for (int unsigned k = 2; k <= N; k++) begin
      if (nearest_y2_i[k]) chained |= backends_q[12*(k-2)+:12];
    end
  end

  always_ff @(posedge clk_i) if (valid_q[0]) begin
    deadline_v_q <= deadline_y2_q;
    old_v_q <= old_y2_q;
    old_left_v_q <= lefts[BUCKET_BITS*subtable_y2_q+:BUCKET_BITS];
    backend_v_q <= chained;
  end

  // V
  logic host_v, syn_y1, syn_v, picks_y1, picks_v;
  assign picks_y1 = done.asked && !op.host;
  assign syn_y1 = op.kind == sluice_layout_pkg::CONNECTION_EVENT_SYN;
  logic [11:0] host_backend_v, service_v, own, backend;
  localparam int unsigned LEFT = conn_pkg::POST_BITS + conn_pkg::DONE_BITS + 27;
  logic [2*LEFT-1:0] unused_v;
  conn_line #(
      .BITS  (LEFT),
      .CYCLES(2)
  ) u_v (
      .clk_i,
      .moves_i({valid_q[0], done.valid}),
      .data_i({post_y1_i, done_y1_i, op.host, syn_y1, picks_y1, op.host_backend, op.service}),
      .line_o(unused_v),
      .data_o({post_v, done_v, host_v, syn_v, picks_v, host_backend_v, service_v})
  );

  logic writes;
  assign writes = valid_q[1] && post_v.wrote;
  assign own = same_v_i ? backends_q[11:0] : backend_v_q;
  // pick_i comes late.
  assign backend = picks_v ? pick_i : done_v.asked ? host_backend_v : own;
  assign write_o = writes && !post_v.stash;
  assign stash_write_o = writes && post_v.stash;
  assign live_o = post_v.state != sluice_layout_pkg::CONNECTION_NONE;
  assign slot_o = post_v.slot;
  assign index_o = post_v.index;
  assign backend_o = backend;
  assign own_o = own;
  assign body_o = {
    post_v.reference_out, post_v.reference_in, deadline_v_q, post_v.state, backend
  };

  // W
  logic reclaims, removed_q, removed_active_q;
  logic [2:0] removed_line_q;
  logic [11:0] removed_backend_q;
  logic [KEY_BITS-1:0] removed_key_q;
  assign reclaims = done_v.fills && old_v_q[OLD-1-:3] != sluice_layout_pkg::CONNECTION_NONE;

  always_ff @(posedge clk_i) begin
    valid_q <= {valid_q[0], done.valid};
    backends_q <= {backends_q[12*(N-2)-1:0], backend};
    rsp_valid_o <= valid_q[1];
    rsp_host_o <= host_v;
    rsp_hit_o <= done_v.hit;
    rsp_over_o <= syn_v && !done_v.was_live && !done_v.asked;
    rsp_inserted_o <= done_v.asked && !done_v.renews;
    rsp_renewed_o <= done_v.renews;
    rsp_stored_o <= done_v.stored;
    rsp_resets_o <= done_v.resets;
    rsp_stash_o <= writes && post_v.stash;
    rsp_answers_o <= valid_q[1] && done_v.answers;
    rsp_opened_at_o <= done_v.opened_at;
    rsp_state_o <= post_v.state;
    rsp_backend_o <= backend;

    change_valid_o <= writes && (done_v.asked ? conn_pkg::active(post_v.state) :
                                 conn_pkg::active(post_v.state) != done_v.was_live);
    change_up_o <= conn_pkg::active(post_v.state);
    change_backend_o <= backend;
    change_service_o <= service_v;
    grows_o <= writes && done_v.asked && !done_v.in_place && !reclaims;
    shrinks_o <= writes && !live_o;

    removed_q <= writes && (done_v.in_place || reclaims);
    removed_active_q <= done_v.in_place ? done_v.was_active : conn_pkg::active(old_v_q[OLD-1-:3]);
    removed_backend_q <= done_v.in_place ? own : old_v_q[REMAINDER_BITS+:12];
    removed_key_q <= done_v.in_place ? key_v_i : {old_left_v_q, old_v_q[REMAINDER_BITS-1:0]};
    if (rst_i) {valid_q, rsp_valid_o, change_valid_o, grows_o, shrinks_o, removed_q} <= '0;
  end

  conn_permute #(
      .KEY_BITS(KEY_BITS),
      .ROUNDS(ROUNDS),
      .ROUNDS_PER_STAGE(ROUNDS / 4),
      .INVERSE(1'b1)
  ) u_key (
      .clk_i,
      .moves_i({removed_line_q, removed_q}),
      .round_keys_i,
      .key_i(removed_key_q),
      .key_o(removed_key_o)
  );
  conn_delay #(
      .BITS  (13),
      .CYCLES(4)
  ) u_removed (
      .clk_i,
      .data_i({removed_active_q, removed_backend_q}),
      .data_o({removed_active_o, removed_backend_o})
  );
  always_ff @(posedge clk_i) begin
    {removed_valid_o, removed_line_q} <= rst_i ? '0 : {removed_line_q, removed_q};
  end

  logic unused;
  assign unused = ^{words_sp_i, op, post, post_v, done, done_v};
endmodule
