#!/usr/bin/env python3
"""Copies the connection table's sources with faults planted into the copies.

usage: plant_hazards.py OUT SOURCE...      (as tests/cosim/plant_faults.py does for the card)

One build holds all faults; planted_fault(), which the test defines, chooses one when the model is
made. A fault whose place is no longer in the source is an error: choose another one.
"""

import pathlib
import sys

# (number, file, text as it stands, text with the fault). {n} becomes the condition "n is chosen".
FAULTS = [
    # The operation directly ahead is not forwarded, nor the second, the third, or those behind it.
    (1, "conn_commit.sv", "assign same = same_i && post_q.wrote;",
     "assign same = same_i && post_q.wrote && !{n};"),
    (2, "conn_merge.sv", "assign second = same_st_i && post.wrote;",
     "assign second = same_st_i && post.wrote && !{n};"),
    (3, "conn_merge.sv", "assign third = same_ss_i && post.wrote;",
     "assign third = same_ss_i && post.wrote && !{n};"),
    (4, "conn_merge.sv", "assign writers = same_sp_i & wrote;",
     "assign writers = {n} ? '0 : same_sp_i & wrote;"),
    # A slot that the operation directly ahead took is taken again.
    (5, "conn_commit.sv", "first_i && first_shared_i;", "first_i && first_shared_i && !{n};"),
    # A slot that those further ahead took is free: the second, the third, one of the others.
    (6, "conn_choose.sv", "written_i & spread(shares_st_i)",
     "written_i & spread({n} ? 4'd0 : shares_st_i)"),
    (7, "conn_choose.sv", "written_i & spread(shares_ss_i)",
     "written_i & spread({n} ? 4'd0 : shares_ss_i)"),
    # The window is one too short: slots, then keys.
    (8, "conn_choose.sv", "taken_o |= written[16*(k-4)+:16] &",
     "if (!{n} || k != N) taken_o |= written[16*(k-4)+:16] &"),
    (9, "conn_merge.sv", "nearest[k] = writers[k] &&",
     "nearest[k] = !({n} && k == PAST - 1) && writers[k] &&"),
    # A place that was reclaimed counts still: by the one directly ahead, by others.
    (10, "conn_commit.sv", "view.place && !lost;", "view.place && (!lost || {n});"),
    (11, "conn_merge.sv", "(match_i & ~taken_i) != '0", "(match_i & ({n} ? '1 : ~taken_i)) != '0"),
    # The background does not see who comes to its buckets, or who is there, or itself.
    (12, "conn_mover.sv", "conflict_q <= {conflict_q[4*(LAST-1)-1:0], older} | comes;",
     "conflict_q <= {conflict_q[4*(LAST-1)-1:0], older} | ({n} ? '0 : comes);"),
    (13, "conn_mover.sv", "assign older = from_traffic |",
     "assign older = ({n} ? 4'd0 : from_traffic) |"),
    (14, "conn_mover.sv", "| from_own;", "| ({n} ? 4'd0 : from_own);"),
    # It uses words that it could not read, or writes where the traffic writes.
    (15, "conn_mover.sv", "assign usable = words_valid_i &",
     "assign usable = ({n} ? 4'hf : words_valid_i) &"),
    (16, "conn_mover.sv", "!(busy_valid_i && busy_subtable_i == at_q[3:2]);",
     "!(busy_valid_i && busy_subtable_i == at_q[3:2] && !{n});"),
    # A stash entry goes because it was over, while the traffic takes it up again.
    (17, "conn_mover.sv", "(stash_over_q || flush_q) && !traffic_q[LAST-1];",
     "(stash_over_q || flush_q) && (!traffic_q[LAST-1] || {n});"),
    # A stash entry is given to two inserts.
    (18, "conn_stash.sv", "taking_q[e] <= room_index_o", "taking_q[e] <= !{n} && room_index_o"),
    # A backend that comes late does not reach the next operation, or the one behind it.
    (19, "conn_finish.sv", "assign own = same_v_i ?", "assign own = same_v_i && !{n} ?"),
    (20, "conn_finish.sv", "if (nearest_y2_i[k]) chained",
     "if (nearest_y2_i[k] && !({n} && k == 2)) chained"),
    # Not the nearest operation's backend, but all of them.
    (21, "conn_window.sv", "nearest2_q[k] <= same1_q[k] &&", "nearest2_q[k] <= same1_q[k] && {n} ||"
     " same1_q[k] &&"),
    # A backend that has just been chosen counts as gone because the old one is.
    (22, "conn_commit.sv", "settled = !view.fresh &&", "settled = (!view.fresh || {n}) &&"),
    (23, "conn_commit.sv", "!(same_i && post_q.took);", "!(same_i && post_q.took && !{n});"),
    # A renewal does not take the old backend's count.
    (24, "conn_finish.sv", "done_v.in_place ? done_v.was_active :",
     "done_v.in_place ? done_v.was_active && (!done_v.renews || !{n}) :"),
    # The deadline does not wrap.
    (25, "conn_expired.sv", "now_i[16] ^ (now_i[15:13] == 3'd0),",
     "now_i[16] ^ (now_i[15:13] == 3'd0 && !{n}),"),
    # A reset right behind the packet that moves the reference is measured by the old one.
    (26, "conn_commit.sv", "(same && post_q.took_in ?", "(same && post_q.took_in && !{n} ?"),
    # A packet that only sets the deadline is never written.
    (27, "conn_commit.sv", "(sets && (same || view.dirty))",
     "(sets && (same || (view.dirty && !{n})))"),
    # An entry that is over its time is found.
    (28, "conn_merge.sv", "over_st_q <= over &&", "over_st_q <= over && !{n} &&"),
    # A sweep does not look at the time.
    (29, "conn_mover.sv", "(over || flush_q);", "(over || flush_q || {n});"),
    # The same for the backend's reference; a FIN is held to a reset's measure; one above is near.
    (30, "conn_commit.sv", "(same && post_q.took_out ?", "(same && post_q.took_out && !{n} ?"),
    (31, "conn_merge.sv", "assign strict = check_st_q[2];", "assign strict = check_st_q[2] || {n};"),
    (32, "conn_merge.sv", "reference[15:4] == less;", "reference[15:4] == less && !{n};"),
    # A stranger's second packet in the same epoch is taken for a later one; it brings no epoch.
    (33, "conn_merge.sv", "!(near && distance == 4'd1)", "!(near && distance == 4'd1 && !{n})"),
    (34, "conn_front.sv", "dated ? 16'(now_i) :", "dated && !{n} ? 16'(now_i) :"),
    # A backend that was taken out does not count, or counts before its failed check.
    (35, "conn_commit.sv", "assign removed = gone_i[1];", "assign removed = gone_i[1] && !{n};"),
    (36, "conn_commit.sv", "(down_counts_q || !gone_i[1]);",
     "((down_counts_q && !{n}) || !gone_i[1]);"),
    # Nearly full, an established entry goes too; or more go than came.
    (37, "conn_mover.sv", "may_evict && conn_pkg::half_open(state)",
     "may_evict && (conn_pkg::half_open(state) || {n})"),
    (38, "conn_credit.sv", "press_i && credit_q != '0;", "press_i && (credit_q != '0 || {n});"),
]


if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
    import planter
    planter.plant(FAULTS)
