// The background of the connection table: brings stash entries back into the table, sweeps out what
// has expired, reads slots for the host. All on port B of the memories, one operation a cycle:
//
//   pick | fetch the key | buckets | 0 compare with those in the pipeline | 1 address | memory
//   | SC free, expired | SP one slot | SS its word | commit | memory written
//
// It gives up on a subtable where an operation of the traffic, or an older one of its own, has the
// same bucket: whichever is in S0 to V when it is in stage 0, or comes to S0 until it commits. So
// it never stands in the way, and what it saw is still so when it commits.
module conn_mover #(
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

    input  logic [16:0] now_i,
    input  logic        press_i,       // the table is nearly full: half-open entries give way
    input  logic        insert_i,      // to these
    input  logic        sweep_i,       // sweep on, in a flush too
    input  logic        flush_i,       // hold until flush_done_o: everything counts as expired
    output logic        flush_done_o,

    input  logic                   read_valid_i,
    output logic                   read_ready_o,
    input  logic                   read_stash_i,
    input  logic [BUCKET_BITS-1:0] read_bucket_i,
    input  logic [            4:0] read_slot_i,    // {subtable, slot}, or the stash entry

    // The traffic.
    input logic                     pre_valid_i,
    input logic [          ROW-1:0] pre_buckets_i,
    input logic [              N:0] valids_i,
    input logic [  (N+1)*ROW-1:0] buckets_i,
    input logic                     busy_valid_i,     // in V: it writes the table,
    input logic [              1:0] busy_subtable_i,  // here

    // The stash.
    input  logic                pickable_i,
    input  logic [         4:0] pick_index_i,
    output logic                hold_o,
    output logic [         4:0] hold_index_o,
    input  logic                held_i,
    output logic [         4:0] fetch_index_o,
    input  logic [KEY_BITS-1:0] fetch_key_i,
    output logic [         4:0] stash_index_o,
    input  logic                stash_live_i,
    input  logic [    BODY-1:0] stash_body_i,
    input  logic [         5:0] stash_used_i,
    output logic                done_o,
    output logic [         4:0] done_index_o,
    output logic                clear_o,
    output logic                swap_o,
    output logic [KEY_BITS-1:0] swap_key_o,
    output logic [    BODY-1:0] swap_body_o,

    // The memories.
    output logic [READ_CYCLES:1] valids_o,      // in stages 1 on
    output logic [    ROW-1:0] row_o,           // in stage 1
    input  logic [16*WORD-1:0] words_i,         // in SC
    input  logic [        3:0] words_valid_i,
    output logic               write_o,
    output logic [        3:0] slot_o,
    output logic [    ROW-1:0] write_row_o,
    output logic [   WORD-1:0] word_o,

    // Five cycles after the commit, as the key is looked up backwards.
    output logic                swept_valid_o,
    output logic                swept_active_o,
    output logic [        11:0] swept_backend_o,
    output logic [KEY_BITS-1:0] swept_key_o,
    output logic                swept_evicted_o,  // half-open, and not expired
    output logic                read_valid_o,
    output logic                read_live_o,
    output logic [KEY_BITS-1:0] read_key_o,
    output logic [    BODY-1:0] read_body_o,
    output logic [        15:0] read_others_o,    // of the table: slots that may hold an entry

    // After the commit.
    output logic                moved_o,
    output logic                swapped_o,
    output logic                aborted_o
);
  localparam int unsigned SC = READ_CYCLES + 1;
  localparam int unsigned LAST = READ_CYCLES + 4;  // the commit

  // Now, as of before any operation of the traffic that comes to S0 after a commit.
  logic [16:0] now1_q, now2_q;
  always_ff @(posedge clk_i) begin
    now1_q <= now_i;
    now2_q <= now1_q;
  end

  // Turns: a cycle in 16 no stash entry is picked, so that there is room for the others; nor in one
  // of 16 at random, so that entries do not meet each other in the same order again and again.
  logic [3:0] turn_q;
  logic [15:0] random_q;
  logic fetch_valid_q, fetch_read_q, index_valid_q, index_read_q;
  logic [4:0] fetch_index_q, index_index_q;
  logic read_pending_q, read_flying_q, read_stash_q, sweep_flying_q;
  logic [BUCKET_BITS-1:0] read_bucket_q, sweep_bucket_q;
  logic [4:0] read_slot_q;
  logic picks, wants_stash, read_starts_stash, read_starts, read_ends, reads;
  logic sweep_starts, sweep_ends;

  assign read_ready_o = !read_pending_q;
  // An entry that is read keeps its place too, or its key and its body would not belong together.
  // Until it is free to be read, nothing is picked.
  assign wants_stash = read_pending_q && read_stash_q && !read_flying_q;
  assign read_starts_stash = wants_stash && !held_i;
  assign read_starts = !index_valid_q && read_pending_q && !read_stash_q && !read_flying_q;
  assign sweep_starts = !index_valid_q && !read_starts && sweep_i && !sweep_flying_q;
  assign picks = pickable_i && !wants_stash && !fetch_read_q && turn_q != 4'd0 &&
      random_q[7:4] != 4'd0;
  assign hold_o = (picks || read_starts_stash) && !rst_i;
  assign hold_index_o = wants_stash ? read_slot_q : pick_index_i;
  assign fetch_index_o = fetch_index_q;

  always_ff @(posedge clk_i) begin
    turn_q <= turn_q + 4'd1;
    random_q <= {random_q[14:0], random_q[15] ^ random_q[13] ^ random_q[12] ^ random_q[10]};
    fetch_valid_q <= hold_o;
    fetch_read_q <= read_starts_stash;
    fetch_index_q <= hold_index_o;
    index_valid_q <= fetch_valid_q;
    index_read_q <= fetch_read_q;
    index_index_q <= fetch_index_q;
    if (read_valid_i && read_ready_o) begin
      read_pending_q <= 1'b1;
      read_stash_q <= read_stash_i;
      read_bucket_q <= read_bucket_i;
      read_slot_q <= read_slot_i;
    end
    if (read_ends) read_flying_q <= 1'b0;
    if (reads) read_pending_q <= 1'b0;
    if (read_starts || read_starts_stash) read_flying_q <= 1'b1;
    if (sweep_ends) sweep_flying_q <= 1'b0;
    if (sweep_starts) sweep_flying_q <= 1'b1;
    if (rst_i) begin
      turn_q <= '0;
      random_q <= 16'hace1;
      {fetch_valid_q, index_valid_q} <= '0;
      {read_pending_q, read_flying_q, sweep_flying_q} <= '0;
    end
  end

  // Stage 0.
  logic [ROW-1:0] key_row;
  logic [LAST:0] valid_q, sweep_q, read_q;
  logic [(LAST+1)*ROW-1:0] row_q;
  logic [(LAST+1)*5-1:0] index_q;
  logic [KEY_BITS-1:0] key;

  conn_index #(
      .BUCKET_BITS(BUCKET_BITS),
      .REMAINDER_BITS(REMAINDER_BITS)
  ) u_index (
      .left_i(fetch_key_i[KEY_BITS-1:REMAINDER_BITS]),
      .remainder_i(fetch_key_i[REMAINDER_BITS-1:0]),
      .buckets_o(key_row)
  );

  always_ff @(posedge clk_i) begin
    valid_q <= {valid_q[LAST-1:0], index_valid_q || read_starts || sweep_starts};
    sweep_q <= {sweep_q[LAST-1:0], sweep_starts};
    read_q <= {read_q[LAST-1:0], index_valid_q ? index_read_q : read_starts};
    if (rst_i) valid_q <= '0;
  end
  logic starts;
  logic [4:0] unused_index;
  logic [ROW-1:0] unused_row;
  logic [(LAST+1)*KEY_BITS-1:0] unused_keys;
  assign starts = index_valid_q || read_starts || sweep_starts;
  conn_line #(
      .BITS  (5),
      .CYCLES(LAST + 1)
  ) u_indices (
      .clk_i, .moves_i({valid_q[LAST-1:0], starts}),
      .data_i(index_valid_q ? index_index_q : read_slot_q),
      .line_o(index_q),
      .data_o(unused_index)
  );
  conn_line #(
      .BITS  (ROW),
      .CYCLES(LAST + 1)
  ) u_rows (
      .clk_i, .moves_i({valid_q[LAST-1:0], starts}),
      .data_i(index_valid_q ? key_row : {4{read_starts ? read_bucket_q : sweep_bucket_q}}),
      .line_o(row_q),
      .data_o(unused_row)
  );
  conn_line #(
      .BITS  (KEY_BITS),
      .CYCLES(LAST + 1)
  ) u_keys (
      .clk_i, .moves_i({valid_q[LAST-1:0], starts}),
      .data_i(fetch_key_i),
      .line_o(unused_keys),
      .data_o(key)
  );
  logic unused;
  assign unused = ^index_q;
  assign valids_o = valid_q[READ_CYCLES:1];
  assign row_o = row_q[ROW+:ROW];
  assign stash_index_o = index_q[4:0];

  // Conflicts, a subtable a bit. With who comes to S0 next they are known a cycle ahead.
  logic [3:0] older;
  logic [4*LAST-1:0] comes;
  logic [4*LAST-1:0] conflict_q;  // from stage 1 on
  logic [LAST-1:0] traffic_q;     // of subtable 0 with the traffic alone: perhaps the same key
  logic [3:0] from_traffic, from_own;
  assign older = from_traffic | from_own;

  always_comb begin
    from_traffic = '0;
    from_own = '0;
    if (valid_q[0]) begin
      for (int unsigned i = 0; i < 4; i++) begin
        for (int unsigned s = 0; s <= N; s++) begin
          from_traffic[i] |= valids_i[s] && buckets_i[s*ROW+i*BUCKET_BITS+:BUCKET_BITS] ==
              row_q[i*BUCKET_BITS+:BUCKET_BITS];
        end
        for (int unsigned s = 1; s <= LAST; s++) begin
          from_own[i] |= valid_q[s] && row_q[s*ROW+i*BUCKET_BITS+:BUCKET_BITS] ==
              row_q[i*BUCKET_BITS+:BUCKET_BITS];
        end
      end
    end
    comes = '0;
    if (pre_valid_i) begin
      for (int unsigned s = 0; s < LAST; s++) begin
        for (int unsigned i = 0; i < 4; i++) begin
          comes[4*s+i] = pre_buckets_i[i*BUCKET_BITS+:BUCKET_BITS] ==
              row_q[s*ROW+i*BUCKET_BITS+:BUCKET_BITS];
        end
      end
    end
  end
  always_ff @(posedge clk_i) begin
    conflict_q <= {conflict_q[4*(LAST-1)-1:0], older} | comes;
    traffic_q[0] <= from_traffic[0] || comes[0];
    for (int unsigned s = 1; s < LAST; s++) traffic_q[s] <= traffic_q[s-1] || comes[4*s];
  end

  logic [3:0] conflict_sc, conflict;
  assign conflict_sc = conflict_q[4*(SC-1)+:4];
  assign conflict = conflict_q[4*(LAST-1)+:4];

  // The stash entry, as it is when the conflicts count.
  logic [BODY-1:0] stash_body_ss, stash_body;
  logic stash_live_ss, stash_live, stash_over, stash_over_q;
  conn_delay #(
      .BITS  (BODY + 1),
      .CYCLES(LAST - 2)
  ) u_stash (
      .clk_i, .data_i({stash_live_i, stash_body_i}),
      .data_o({stash_live_ss, stash_body_ss})
  );
  conn_expired u_stash_expired (
      .now_i(now2_q),
      .deadline_i(stash_body_ss[conn_pkg::DEADLINE_AT+:17]),
      .expired_o(stash_over)
  );
  always_ff @(posedge clk_i) begin
    {stash_live, stash_body} <= {stash_live_ss, stash_body_ss};
    stash_over_q <= stash_over;
  end

  logic evicts, may_evict;
  conn_credit u_credit (
      .clk_i, .rst_i, .press_i, .insert_i, .evict_i(evicts), .evicts_o(may_evict)
  );

  // SC
  logic [15:0] empty_q, over_q, half_q;
  logic [3:0] usable, usable_q;
  logic flush_q, clean_q;
  assign usable = words_valid_i & ~conflict_sc;

  for (genvar e = 0; e < 16; e++) begin : g_word
    logic [2:0] state;
    logic over;
    assign state = words_i[e*WORD+REMAINDER_BITS+conn_pkg::STATE_AT+:3];
    conn_expired u_expired (
        .now_i(now2_q),
        .deadline_i(words_i[e*WORD+REMAINDER_BITS+conn_pkg::DEADLINE_AT+:17]),
        .expired_o(over)
    );
    always_ff @(posedge clk_i) if (valid_q[SC]) begin
      empty_q[e] <= usable[e/4] && state == sluice_layout_pkg::CONNECTION_NONE;
      over_q[e] <= usable[e/4] && state != sluice_layout_pkg::CONNECTION_NONE && (over || flush_q);
      half_q[e] <= usable[e/4] && may_evict && conn_pkg::half_open(state);
    end
  end

  // SP: a free slot for a stash entry or a victim in its stead; an expired entry for the sweep.
  function automatic logic [1:0] first_of(input logic [3:0] bits);
    first_of = bits[0] ? 2'd0 : bits[1] ? 2'd1 : bits[2] || !bits[3] ? 2'd2 : 2'd3;
  endfunction
  function automatic logic [3:0] any_of(input logic [15:0] bits);
    any_of = {bits[15:12] != 0, bits[11:8] != 0, bits[7:4] != 0, bits[3:0] != 0};
  endfunction

  logic [1:0] free_subtable, victim_subtable, over_subtable, half_subtable;
  logic [3:0] free_any, free_half;  // a subtable with a free slot, with two of them
  logic free_ss_q, victim_ss_q, over_ss_q, half_ss_q, more_ss_q;
  logic [3:0] free_at_q, victim_at_q, over_at_q, half_at_q;
  logic [3:0] words_valid_sp_q, words_valid_ss_q;

  always_comb begin
    free_any = any_of(empty_q);
    for (int i = 0; i < 4; i++) begin
      free_half[i] = (empty_q[4*i] && empty_q[4*i+1]) || (empty_q[4*i+2] && empty_q[4*i+3]);
    end
    free_subtable = first_of(free_half != '0 ? free_half : free_any);
    over_subtable = first_of(any_of(over_q));
    half_subtable = first_of(any_of(half_q));
    victim_subtable = usable_q[random_q[1:0]] ? random_q[1:0] : first_of(usable_q);
  end

  always_ff @(posedge clk_i) begin
    usable_q <= usable;
    flush_q <= flush_i;
    words_valid_sp_q <= words_valid_i;
    words_valid_ss_q <= words_valid_sp_q;
    free_ss_q <= free_any != '0;
    free_at_q <= {free_subtable, first_of(empty_q[4*free_subtable+:4])};
    victim_ss_q <= usable_q != '0;
    victim_at_q <= {victim_subtable, random_q[3:2]};
    over_ss_q <= over_q != '0;
    over_at_q <= {over_subtable, first_of(over_q[4*over_subtable+:4])};
    half_ss_q <= half_q != '0;
    half_at_q <= {half_subtable, first_of(half_q[4*half_subtable+:4])};
    more_ss_q <= (over_q & (over_q - 16'd1)) != '0;
    clean_q <= usable_q == '1;
  end

  // SS: its word.
  logic [16*WORD-1:0] words_ss;
  logic [WORD-1:0] chosen, word_q;
  logic [3:0] at, at_q;
  logic free_q, victim_q, over_last_q, half_last_q, more_q, clean_last_q, readable_q;
  logic [2*16*WORD-1:0] unused_words;
  conn_line #(
      .BITS  (16 * WORD),
      .CYCLES(2)
  ) u_words (
      .clk_i, .moves_i(valid_q[SC+1:SC]),
      .data_i(words_i),
      .line_o(unused_words),
      .data_o(words_ss)
  );

  always_comb begin
    at = sweep_q[LAST-1] ? (over_ss_q ? over_at_q : half_at_q) : read_q[LAST-1] ? index_q[(LAST-1)*5+:4] :
        free_ss_q ? free_at_q : victim_at_q;
    chosen = '0;
    for (int unsigned e = 0; e < 16; e++) begin
      if (at == 4'(e)) chosen |= words_ss[WORD*e+:WORD];
    end
  end

  always_ff @(posedge clk_i) begin
    at_q <= at;
    word_q <= chosen;
    free_q <= free_ss_q;
    victim_q <= victim_ss_q;
    over_last_q <= over_ss_q;
    half_last_q <= half_ss_q;
    more_q <= more_ss_q;
    clean_last_q <= clean_q;
    readable_q <= words_valid_ss_q[at[3:2]];
  end

  // Commit. An entry of the stash that has expired in the meantime just goes.
  logic live, moves, expires, allowed, sweeps, reads_stash;
  logic [KEY_BITS-1:0] word_key;
  logic [ROW-1:0] lefts;
  assign live = valid_q[LAST] && !sweep_q[LAST] && !read_q[LAST] && stash_live;
  assign expires = live && (stash_over_q || flush_q) && !traffic_q[LAST-1];
  assign allowed = !conflict[at_q[3:2]] && !(busy_valid_i && busy_subtable_i == at_q[3:2]);
  assign moves = live && !(stash_over_q || flush_q) && allowed && (free_q || victim_q);
  assign sweeps = valid_q[LAST] && sweep_q[LAST] && (over_last_q || half_last_q) && allowed;
  assign evicts = sweeps && !over_last_q;
  assign reads_stash = read_stash_q;

  assign write_o = moves || sweeps;
  assign slot_o = at_q;
  assign write_row_o = row_q[LAST*ROW+:ROW];
  assign word_o = sweep_q[LAST] ? '0 : {stash_body, key[REMAINDER_BITS-1:0]};
  assign done_o = valid_q[LAST] && !sweep_q[LAST] && (!read_q[LAST] || reads_stash);
  assign done_index_o = index_q[LAST*5+:5];
  assign clear_o = expires || (moves && free_q);
  assign swap_o = moves && !free_q;
  assign swap_key_o = word_key;
  assign swap_body_o = word_q[WORD-1:REMAINDER_BITS];

  conn_index #(
      .BUCKET_BITS(BUCKET_BITS),
      .REMAINDER_BITS(REMAINDER_BITS)
  ) u_key_of_word (
      .left_i(row_q[LAST*ROW+BUCKET_BITS*at_q[3:2]+:BUCKET_BITS]),
      .remainder_i(word_q[REMAINDER_BITS-1:0]),
      .buckets_o(lefts)
  );
  assign word_key = {lefts[BUCKET_BITS*at_q[3:2]+:BUCKET_BITS], word_q[REMAINDER_BITS-1:0]};

  // A sweep goes on when nothing is left in its bucket as far as it saw; in a flush it must have
  // seen everything.
  logic flushing_q, passes, from_stash, last_live_q;
  logic [4:0] swept_line_q, read_line_q, evicted_line_q;
  logic [KEY_BITS-1:0] last_key_q;
  logic [BODY-1:0] last_body_q;
  logic [BUCKET_BITS:0] passed_q;
  assign sweep_ends = valid_q[LAST] && sweep_q[LAST];
  assign read_ends = valid_q[LAST] && read_q[LAST];
  assign reads = read_ends && (reads_stash || readable_q);
  assign passes = sweep_ends && (flush_q ? clean_last_q && conflict == '0 && !more_q &&
                                 (!over_last_q || sweeps) : !(sweeps && more_q));
  assign from_stash = !sweep_q[LAST] && (reads_stash || !read_q[LAST]);

  always_ff @(posedge clk_i) begin
    // A sweep that began before the flush does not count.
    flushing_q <= flush_q && !rst_i && (flushing_q || sweep_ends || !sweep_flying_q);
    if (passes) sweep_bucket_q <= sweep_bucket_q + BUCKET_BITS'(1);
    if (!flushing_q) passed_q <= '0;
    else if (passes && !passed_q[BUCKET_BITS]) passed_q <= passed_q + (BUCKET_BITS + 1)'(1);
    flush_done_o <= flushing_q && flush_i && passed_q[BUCKET_BITS] && swept_line_q == '0 &&
        (stash_used_i == '0 || flush_done_o);

    {swept_line_q, read_line_q} <= {
      swept_line_q[3:0], sweeps || expires, read_line_q[3:0], reads
    };
    evicted_line_q <= {evicted_line_q[3:0], evicts};
    last_live_q <= reads_stash ? stash_live : word_q[REMAINDER_BITS+conn_pkg::STATE_AT+:3] !=
        sluice_layout_pkg::CONNECTION_NONE;
    last_key_q <= from_stash ? key : word_key;
    last_body_q <= from_stash ? stash_body : word_q[WORD-1:REMAINDER_BITS];
    moved_o <= moves && free_q;
    swapped_o <= swap_o;
    aborted_o <= live && !moves && !expires;
    if (rst_i) begin
      sweep_bucket_q <= '0;
      {swept_line_q, read_line_q, flush_done_o, passed_q} <= '0;
      {moved_o, swapped_o, aborted_o} <= '0;
    end
  end

  conn_permute #(
      .KEY_BITS(KEY_BITS),
      .ROUNDS(ROUNDS),
      .ROUNDS_PER_STAGE(ROUNDS / 4),
      .INVERSE(1'b1)
  ) u_last_key (
      .clk_i, .moves_i(swept_line_q[3:0] | read_line_q[3:0]),
      .round_keys_i,
      .key_i(last_key_q),
      .key_o(read_key_o)
  );
  conn_delay #(
      .BITS  (BODY + 1),
      .CYCLES(4)
  ) u_last (
      .clk_i, .data_i({last_live_q, last_body_q}),
      .data_o({read_live_o, read_body_o})
  );
  assign swept_valid_o = swept_line_q[4];
  assign swept_evicted_o = evicted_line_q[4];
  assign swept_key_o = read_key_o;
  assign swept_backend_o = read_body_o[11:0];
  assign swept_active_o =
      read_body_o[conn_pkg::STATE_AT+:3] != sluice_layout_pkg::CONNECTION_CLOSED &&
      read_body_o[conn_pkg::STATE_AT+:3] != sluice_layout_pkg::CONNECTION_RESET;
  assign read_valid_o = read_line_q[4];

  logic [15:0] empty_last;
  conn_delay #(
      .BITS  (16),
      .CYCLES(7)
  ) u_empty (
      .clk_i, .data_i(empty_q),
      .data_o(empty_last)
  );
  assign read_others_o = ~empty_last;
endmodule
