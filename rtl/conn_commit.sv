// X: what the operation does to its entry, by the table of steps, and where an insert goes. The one
// directly ahead is in Y1 and has just decided.
module conn_commit (
    input logic clk_i,
    input logic rst_i,

    input logic                           valid_st_i,
    input logic [  conn_pkg::OP_BITS-1:0] op_st_i,  // in ST
    input logic                           valid_i,  // all others in X
    input logic [  conn_pkg::OP_BITS-1:0] op_i,
    input logic [conn_pkg::VIEW_BITS-1:0] view_i,
    input logic                           same_i,   // the key of the one ahead
    input logic [                    1:0] gone_i,   // the backend looked up: {taken out, down}
    input logic                           first_valid_i,
    input logic [                    3:0] first_i,
    input logic                           first_shared_i,
    input logic                           second_valid_i,
    input logic [                    3:0] second_i,
    input logic                           stash_room_i,
    input logic [                    4:0] stash_index_i,
    output logic                          stash_take_o,

    // In Y1.
    output logic [conn_pkg::POST_BITS-1:0] post_o,
    output logic [conn_pkg::DONE_BITS-1:0] done_o,
    output logic [                   15:0] written_o,  // the slot, if the table was written
    output logic                           ask_valid_o,
    output logic                           ask_renews_o,
    output logic                           ask_stored_o,
    output logic [                   11:0] ask_service_o
);
  localparam int unsigned STEP = sluice_layout_pkg::CONNECTION_STEP_BITS;
  localparam int unsigned STATES = 8;

  conn_pkg::op_t op_st, op;
  conn_pkg::view_t view;
  conn_pkg::post_t post, post_q;
  conn_pkg::done_t done, done_q;
  assign op_st = op_st_i;
  assign op = op_i;
  assign view = view_i;
  assign post_o = post_q;
  assign done_o = done_q;

  // The row of the table, a bit of each step side by side, with the operation's own bits in it: no
  // proposal without an offer, and the state that the host restores.
  logic [2*STATES*STEP-1:0] row;
  logic [2*STATES-1:0] state0_q, state1_q, state2_q, takes_q, sets_q, changes_q, in_q, out_q;
  logic [15:0] down_row, removed_row;
  logic [STATES-1:0] down_takes_q, down_resets_q, removed_takes_q, removed_resets_q;
  logic down_counts_q;  // connection_policy of the layouts: also if it was taken out
  logic restores, syn_q, syn_ack_q;
  logic [3:0] check, check_q;  // {later, strict, out, in}

  assign row = sluice_layout_pkg::connection_row(op_st.kind, op_st.sees_return);
  assign check = sluice_layout_pkg::connection_check(op_st.kind, op_st.sees_return);
  assign down_row = sluice_layout_pkg::connection_gone_row(op_st.kind, op_st.on_down);
  assign removed_row = sluice_layout_pkg::connection_gone_row(op_st.kind, op_st.on_removed);
  assign restores = op_st.kind == sluice_layout_pkg::CONNECTION_EVENT_RESTORE;

  always_ff @(posedge clk_i) if (valid_st_i) begin
    for (int unsigned i = 0; i < 2 * STATES; i++) begin
      {state2_q[i], state1_q[i], state0_q[i]} <=
          row[STEP*i+3] && !op_st.offer ? 3'(i % STATES) :
          restores && i % STATES == 0 ? op_st.host_state : row[STEP*i+:3];
      takes_q[i] <= row[STEP*i+3] && op_st.offer;
      sets_q[i] <= row[STEP*i+4] && (op_st.offer || !row[STEP*i+3]);
      changes_q[i] <= row[STEP*i+4] && !row[STEP*i+3] && row[STEP*i+:3] != 3'(i % STATES);
      in_q[i] <= row[STEP*i+5];
      out_q[i] <= row[STEP*i+6];
    end
    for (int unsigned i = 0; i < STATES; i++) begin
      down_takes_q[i] <= down_row[2*i] && op_st.offer;
      down_resets_q[i] <= down_row[2*i+1];
      removed_takes_q[i] <= removed_row[2*i] && op_st.offer;
      removed_resets_q[i] <= removed_row[2*i+1];
    end
    down_counts_q <= op_st.on_down != sluice_layout_pkg::CONNECTION_KEEPS;
    syn_q <= op_st.kind == sluice_layout_pkg::CONNECTION_EVENT_SYN;
    syn_ack_q <= op_st.kind == sluice_layout_pkg::CONNECTION_EVENT_SYN_ACK;
    check_q <= check;
  end

  // The entry as it is now.
  logic same, shows_in, shows_out, believed, settled, down, removed, lost, place, stash, was_active;
  logic [2:0] state;
  logic [3:0] at;
  logic [STATES-1:0] gone_takes_of, gone_resets_of;  // by state
  assign same = same_i && post_q.wrote;
  assign state = same ? post_q.state : view.state;
  assign was_active = same ? conn_pkg::active(post_q.state) : view.active;
  // connection_believed of the layouts. `later` looks at the reference for the backend in an
  // unconfirmed entry, and at nothing or the other one in any other.
  assign shows_in = (same && post_q.took_in ? view.shows_in_ahead : view.shows_in) || !check_q[0];
  assign shows_out = (same && post_q.took_out ? view.shows_out_ahead : view.shows_out) ||
      !(check_q[1] || check_q[3]);
  assign believed = state == sluice_layout_pkg::CONNECTION_UNCONFIRMED ?
      shows_out && (shows_in || check_q[3]) : shows_in && (shows_out || check_q[3]);
  assign settled = !view.fresh && !(same_i && post_q.took);
  assign down = gone_i[0] && (down_counts_q || !gone_i[1]);
  assign removed = gone_i[1];
  always_comb begin
    for (int unsigned i = 0; i < STATES; i++) begin
      gone_takes_of[i] = down ? down_takes_q[i] : removed && removed_takes_q[i];
      gone_resets_of[i] = down ? down_resets_q[i] : removed && removed_resets_q[i];
    end
  end
  assign lost = post_q.wrote && !post_q.stash && post_q.slot == view.slot && view.slot_shared &&
      !view.stash;
  assign place = same ? post_q.state != sluice_layout_pkg::CONNECTION_NONE : view.place && !lost;
  assign stash = same ? post_q.stash : view.stash;
  assign at = {believed, state};

  // What becomes of it.
  logic takes, sets, changes, gone_takes, resets;
  logic [2:0] next;
  assign gone_takes = settled && gone_takes_of[state];
  assign resets = settled && gone_resets_of[state];
  assign takes = takes_q[at] || gone_takes;
  assign sets = sets_q[at];
  assign changes = changes_q[at] || resets;
  assign next = resets ? sluice_layout_pkg::CONNECTION_CLOSED :
      gone_takes ? {state2_q[0], state1_q[0], state0_q[0]} : {state2_q[at], state1_q[at],
                                                              state0_q[at]};

  // Where it goes if it has no place.
  logic blocked, room, writes;
  assign blocked = post_q.wrote && !post_q.stash && post_q.slot == first_i && first_shared_i;
  assign room = blocked ? second_valid_i : first_valid_i;
  assign stash_take_o = valid_i && takes && !place && !room && stash_room_i;
  assign writes = valid_i && (takes ? place || room || stash_room_i :
                              changes || (sets && (same || view.dirty)));

  always_comb begin
    post.wrote = writes;
    post.took = valid_i && takes;
    post.stash = place ? stash : !room;
    post.slot = !place ? (blocked ? second_i : first_i) : same ? post_q.slot : view.slot;
    post.index = !place ? stash_index_i : same ? post_q.index : view.index;
    post.state = next;
    post.took_in = takes || (in_q[at] && !resets);
    post.took_out = takes || (out_q[at] && !resets);
    post.reference_in = post.took_in ? op.reference_in :
        same ? post_q.reference_in : view.reference_in;
    post.reference_out = post.took_out ? op.reference_out & {16{takes || !syn_q}} :
        same ? post_q.reference_out : view.reference_out;

    done.valid = valid_i;
    done.hit = state != sluice_layout_pkg::CONNECTION_NONE;
    done.asked = takes;
    done.renews = takes && state != sluice_layout_pkg::CONNECTION_NONE;
    done.stored = takes && (place || room || stash_room_i);
    done.resets = resets;
    done.in_place = takes && place;
    done.was_active = was_active;
    done.was_live = conn_pkg::active(state);
    done.fills = takes && !place && room;
    done.answers = syn_ack_q && state == sluice_layout_pkg::CONNECTION_OPENING;
    done.opened_at = same ? post_q.reference_out : view.reference_out;
  end

  always_ff @(posedge clk_i) begin
    post_q <= post;
    done_q <= done;
    for (int unsigned e = 0; e < 16; e++) begin
      written_o[e] <= writes && !post.stash && post.slot == 4'(e);
    end
    ask_valid_o <= valid_i && takes && !op.host;
    ask_renews_o <= done.renews;
    ask_stored_o <= done.stored;
    ask_service_o <= op.service;
    if (rst_i) begin
      {post_q.wrote, post_q.took, done_q.valid, ask_valid_o} <= '0;
      written_o <= '0;
    end
  end

  logic unused;
  assign unused = ^{op_st, op, check_q};
endmodule
