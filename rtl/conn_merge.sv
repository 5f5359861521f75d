// What an operation's entry is when it reaches X: the memory's or the stash's word, or what those
// ahead with the same key made of it. In SP the operations four or more ahead count, in SS the
// third ahead, in ST the second; the one directly ahead is the commit's business.
//
// Only who wrote counts: whoever left an entry as it was left the memory right. A slot that one of
// those ahead wrote for another key held an expired entry, so it costs a place but no state.
module conn_merge #(
    parameter int unsigned READ_CYCLES = 4,
    parameter int unsigned REMAINDER_BITS = 44,
    localparam int unsigned N = READ_CYCLES + 8,
    localparam int unsigned BODY = conn_pkg::BODY_BITS,
    localparam int unsigned WORD = BODY + REMAINDER_BITS
) (
    input logic clk_i,
    input logic rst_i,

    // In SP.
    input logic [       15:0] match_i,
    input logic [       15:0] taken_i,
    input logic [16*WORD-1:0] words_i,
    input logic               stash_found_i,
    input logic [        4:0] stash_index_i,
    input logic [   BODY-1:0] stash_body_i,
    input logic [        N:4] same_sp_i,

    input logic                           same_ss_i,
    input logic [                    3:0] shares_ss_i,
    input logic                           same_st_i,
    input logic [                    3:0] shares_st_i,
    input logic [                    3:0] shares_next_st_i,
    input logic [conn_pkg::OP_BITS-1:0] op_ss_i,
    input logic [conn_pkg::OP_BITS-1:0] op_st_i,
    input logic [conn_pkg::OP_BITS-1:0] op_x_i,
    input logic [conn_pkg::POST_BITS-1:0] post_i,  // of the operation now in Y1

    output logic [                   11:0] backend_o,  // of the word, in SS
    output logic [conn_pkg::VIEW_BITS-1:0] view_o      // in X
);
  localparam int unsigned PAST = N - 3;
  localparam int unsigned ENTRY = 1 + 4 + 5 + 3 + 32;  // as in entry_t

  conn_pkg::op_t op_ss, op_st, op_x;
  conn_pkg::post_t post;
  assign op_ss = op_ss_i;
  assign op_st = op_st_i;
  assign op_x  = op_x_i;
  assign post  = post_i;

  typedef struct packed {
    logic stash;
    logic [3:0] slot;
    logic [4:0] index;
    logic [2:0] state;
    logic [15:0] reference_in;
    logic [15:0] reference_out;
  } entry_t;

  // What those ahead left, the one in Y1 lowest.
  entry_t ahead;
  logic [PAST-2:0] wrote_q, took_q;
  logic [ENTRY*(PAST-1)-1:0] entries_q;
  logic [PAST-1:0] wrote, took;
  logic [ENTRY*PAST-1:0] entries;
  assign ahead = {
    post.stash, post.slot, post.index, post.state, post.reference_in, post.reference_out
  };
  assign wrote = {wrote_q, post.wrote};
  assign took = {took_q, post.took};
  assign entries = {entries_q, ahead};

  always_ff @(posedge clk_i) begin
    wrote_q <= rst_i ? '0 : wrote[PAST-2:0];
    took_q <= rst_i ? '0 : took[PAST-2:0];
  end
  logic [ENTRY-1:0] unused_entry;
  conn_line #(
      .BITS  (ENTRY),
      .CYCLES(PAST - 1)
  ) u_entries (
      .clk_i,
      .moves_i(wrote[PAST-2:0]),
      .data_i(ahead),
      .line_o(entries_q),
      .data_o(unused_entry)
  );

  // SP
  logic [PAST-1:0] writers, nearest;
  logic [BODY-1:0] body;
  logic [3:0] slot;
  entry_t found_ss_q, forwarded;
  logic forwarded_ss_q, place_ss_q, forwarded_place, fresh_ss_q;
  logic [16:0] deadline_ss_q;

  assign writers = same_sp_i & wrote;

  always_comb begin
    nearest = '0;
    forwarded = '0;
    forwarded_place = 1'b0;
    for (int unsigned k = 0; k < PAST; k++) begin
      nearest[k] = writers[k] && (writers & ((PAST'(1) << k) - 1'b1)) == '0;
      if (nearest[k]) begin
        forwarded |= entries[ENTRY*k+:ENTRY];
        forwarded_place |= entries[ENTRY*k+32+:3] != sluice_layout_pkg::CONNECTION_NONE;
      end
    end
    slot = '0;
    body = stash_found_i ? stash_body_i : '0;
    for (int unsigned e = 0; e < 16; e++) begin
      if (match_i[e]) begin
        slot |= 4'(e);
        body |= words_i[WORD*e+REMAINDER_BITS+:BODY];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    forwarded_ss_q <= writers != '0;
    if (writers != '0) begin
      found_ss_q <= forwarded;
      place_ss_q <= forwarded_place;
    end else begin
      found_ss_q <= {
        stash_found_i, slot, stash_index_i, body[conn_pkg::STATE_AT+:3], body[32+:16], body[48+:16]
      };
      place_ss_q <= stash_found_i || (match_i & ~taken_i) != '0;
    end
    fresh_ss_q <= (same_sp_i & took) != '0;
    deadline_ss_q <= body[conn_pkg::DEADLINE_AT+:17];
    backend_o <= body[11:0];
  end

  // SS
  logic third, lost_ss, over;
  logic [15:0] in_ss, out_ss;
  logic forwarded_st_q, place_st_q, fresh_st_q, over_st_q;
  logic [3:0] same_deadline_st_q;
  // What a reference may be near to, one more, and the upper bits of 16 less than that.
  logic [15:0] in_st_q, out_st_q;
  logic [11:0] in_less_st_q, out_less_st_q;
  logic [3:0] check_st_q;
  entry_t found_st_q;

  assign third = same_ss_i && post.wrote;
  assign lost_ss = post.wrote && !post.stash && !found_ss_q.stash &&
      post.slot == found_ss_q.slot && shares_ss_i[found_ss_q.slot[3:2]];

  assign in_ss = op_ss.reference_in + 16'd1;
  assign out_ss = op_ss.reference_out + 16'd1;

  conn_expired u_expired (
      .now_i(op_ss.now),
      .deadline_i(deadline_ss_q),
      .expired_o(over)
  );

  always_ff @(posedge clk_i) begin
    forwarded_st_q <= forwarded_ss_q || third;
    found_st_q <= third ? ahead : found_ss_q;
    place_st_q <= third ? post.state != sluice_layout_pkg::CONNECTION_NONE :
        place_ss_q && !lost_ss;
    over_st_q <= over && !forwarded_ss_q && !third;
    fresh_st_q <= fresh_ss_q || (same_ss_i && post.took);
    for (int unsigned i = 0; i < 4; i++) begin
      same_deadline_st_q[i] <= op_ss.deadlines[17*i+:17] == deadline_ss_q;
    end
    in_st_q <= in_ss;
    out_st_q <= out_ss;
    in_less_st_q <= in_ss[15:4] - 12'd1;
    out_less_st_q <= out_ss[15:4] - 12'd1;
    check_st_q <= sluice_layout_pkg::connection_check(op_ss.kind, op_ss.sees_return);
  end

  // ST
  logic second, lost_st, takes_in, takes_out, same_deadline;
  entry_t found;
  conn_pkg::view_t view_q;

  // connection_believed of the layouts: the number less the reference is -1 to 14, or -1 to 2 if it
  // must be strict; or, for `later`, it is not 0. `above` is the number and one more.
  function automatic logic shows(input logic [15:0] above, input logic [11:0] less,
                                 input logic [15:0] reference, input logic strict,
                                 input logic later);
    logic [3:0] distance;
    logic near;
    distance = above[3:0] - reference[3:0];
    near = reference[3:0] <= above[3:0] ? reference[15:4] == above[15:4] : reference[15:4] == less;
    shows = later ? !(near && distance == 4'd1) : near && !(strict && distance[3:2] != 2'd0);
  endfunction

  assign second = same_st_i && post.wrote;
  assign lost_st = post.wrote && !post.stash && !found_st_q.stash &&
      post.slot == found_st_q.slot && shares_st_i[found_st_q.slot[3:2]];
  assign found = second ? ahead : found_st_q;

  logic strict, later;
  assign strict = check_st_q[2];
  assign later  = check_st_q[3];

  // The references that a packet of this kind may take, whatever the state.
  always_comb begin
    takes_in = op_st.kind == sluice_layout_pkg::CONNECTION_EVENT_DATA_IN ||
        op_st.kind == sluice_layout_pkg::CONNECTION_EVENT_FIN_IN;
    takes_out = takes_in && op_st.sees_return;
    takes_in = (takes_in && !op_st.sees_return) ||
        op_st.kind == sluice_layout_pkg::CONNECTION_EVENT_DATA_OUT ||
        op_st.kind == sluice_layout_pkg::CONNECTION_EVENT_FIN_OUT;
    if (op_st.kind == sluice_layout_pkg::CONNECTION_EVENT_SYN_ACK) begin
      takes_out = 1'b1;
      takes_in  = 1'b1;
    end
    case (found_st_q.state)
      sluice_layout_pkg::CONNECTION_OPENING, sluice_layout_pkg::CONNECTION_UNCONFIRMED:
      same_deadline = same_deadline_st_q[0];
      sluice_layout_pkg::CONNECTION_CLIENT_FIN, sluice_layout_pkg::CONNECTION_BACKEND_FIN:
      same_deadline = same_deadline_st_q[2];
      sluice_layout_pkg::CONNECTION_CLOSED, sluice_layout_pkg::CONNECTION_RESET:
      same_deadline = same_deadline_st_q[3];
      default: same_deadline = same_deadline_st_q[1];
    endcase
  end

  always_ff @(posedge clk_i) begin
    view_q.place <= second ? post.state != sluice_layout_pkg::CONNECTION_NONE :
        place_st_q && !lost_st;
    view_q.stash <= found.stash;
    view_q.slot <= found.slot;
    view_q.slot_shared <= shares_next_st_i[found.slot[3:2]];
    view_q.index <= found.index;
    view_q.state <= over_st_q && !second ? sluice_layout_pkg::CONNECTION_NONE : found.state;
    view_q.active <= found.state != sluice_layout_pkg::CONNECTION_NONE &&
        found.state != sluice_layout_pkg::CONNECTION_CLOSED &&
        found.state != sluice_layout_pkg::CONNECTION_RESET;
    view_q.fresh <= fresh_st_q || (same_st_i && post.took);
    view_q.dirty <= second || forwarded_st_q || !same_deadline ||
        (takes_in && op_st.reference_in != found_st_q.reference_in) ||
        (takes_out && op_st.reference_out != found_st_q.reference_out) ||
        op_st.kind == sluice_layout_pkg::CONNECTION_EVENT_SYN;
    view_q.shows_in <= shows(in_st_q, in_less_st_q, found.reference_in, strict, 1'b0);
    view_q.shows_out <= shows(out_st_q, out_less_st_q, found.reference_out, strict, later);
    view_q.shows_in_ahead <= shows(in_st_q, in_less_st_q, op_x.reference_in, strict, 1'b0);
    view_q.shows_out_ahead <= shows(out_st_q, out_less_st_q, op_x.reference_out, strict, later);
    view_q.reference_in <= found.reference_in;
    view_q.reference_out <= found.reference_out;
  end
  assign view_o = view_q;

  logic unused;
  assign unused = ^{op_ss, op_st, op_x, post, words_i, check_st_q};
endmodule
