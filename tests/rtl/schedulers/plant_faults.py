#!/usr/bin/env python3
"""Copies the scheduler's sources with faults planted into the copies.

usage: plant_faults.py OUT SOURCE...      (as tests/rtl/connections/plant_hazards.py)

One build holds all faults; planted_fault(), which the test defines, chooses one when the model is
made. A fault whose place is no longer in the source is an error: choose another one.
"""

import pathlib
import sys

# (number, file, text as it stands, text with the fault). {n} becomes the condition "n is chosen".
FAULTS = [
    # A step does not see those one, two, three ahead of it, a view not those and its own cycle's.
    (1, "sched_lane.sv", "    ahead1_q <= valid3_q", "    ahead1_q <= !{n} && valid3_q"),
    (2, "sched_lane.sv", "    ahead2_q <= valid3_q", "    ahead2_q <= !{n} && valid3_q"),
    (3, "sched_lane.sv", "    ahead3_q <= valid4_q", "    ahead3_q <= !{n} && valid4_q"),
    (4, "sched_lane.sv", "view_ahead0_q <= valid3_q", "view_ahead0_q <= !{n} && valid3_q"),
    (5, "sched_lane.sv", "view_ahead1_q <= valid3_q", "view_ahead1_q <= !{n} && valid3_q"),
    (6, "sched_lane.sv", "view_ahead2_q <= valid3_q", "view_ahead2_q <= !{n} && valid3_q"),
    (7, "sched_lane.sv", "view_ahead3_q <= valid4_q", "view_ahead3_q <= !{n} && valid4_q"),
    # A memory that is read while it is written.
    (8, "sched_ram.sv", "same1_q <= write_i", "same1_q <= !{n} && write_i"),
    # A sweep is lost behind a removal, or because nothing stalls; events count while clearing.
    (9, "sched_counts.sv", "queued && !removed_i)", "queued && (!removed_i || {n}))"),
    (10, "sched_counts.sv", "held >= 8'(STALL)", "held >= 8'(STALL) && !{n}"),
    (11, "sched_lane.sv", "if (rst_i || clear_i)", "if (rst_i || (clear_i && !{n}))"),
    # A turn is taken twice by those one to four apart, or by what is not stored.
    (12, "sched_turns.sv", "same1_14_q <= ", "same1_14_q <= !{n} && "),
    (13, "sched_turns.sv", "same2_14_q <= ", "same2_14_q <= !{n} && "),
    (14, "sched_turns.sv", "same3_13_q <= ", "same3_13_q <= !{n} && "),
    (15, "sched_turns.sv", "same4_13_q <= ", "same4_13_q <= !{n} && "),
    (16, "scheduler.sv", "ask_valid_i && ask_stored_i", "ask_valid_i && (ask_stored_i || {n})"),
    # A list that is shorter now.
    (17, "sched_turns.sv", "at14_q > last14_q ?", "at14_q > last14_q && !{n} ?"),
    (18, "sched_turns.sv", "next16_q > last14_q ?", "next16_q > last14_q && !{n} ?"),
    (19, "sched_turns.sv", "|| at15_q >= last14_q", "|| (at15_q >= last14_q && !{n})"),
    # Loads: rounding, a time that is not known, who is refreshed, whose column is cleared.
    (20, "sched_loads.sv", "(28 + 4 * i)", "(28 + 4 * i + 32'({n}))"),
    (21, "sched_loads.sv", "timed && mean_i != '0 ?", "timed && (mean_i != '0 || {n}) ?"),
    (22, "sched_loads.sv", "change_i && (!own || busy)", "!{n} && change_i && (!own || busy)"),
    (23, "sched_loads.sv", "(removal_i || renewed_i) &&", "((removal_i && !{n}) || renewed_i) &&"),
    (24, "sched_loads.sv", "valid_q[7] && (usable8 ||", "valid_q[7] && (usable8 || {n} ||"),
    (25, "sched_loads.sv", "other_touched_q <= written_pending_q",
     "other_touched_q <= written_pending_q && !{n}"),
    # The least: a column that is written meanwhile, equal ones, the order of numbers.
    (26, "sched_least.sv", "{late && load_i[35],", "{late && !{n} && load_i[35],"),
    (27, "sched_least.sv", "late_column1_q == 6'(c)", "late_column1_q == (6'(c) ^ 6'({n}))"),
    (28, "sched_least.sv", ".ties_i(turns[", ".ties_i(!{n} && turns["),
    (29, "sched_node.sv", "less[i]  = b", "less[i]  = !({n} && i == 10) && b"),
    # Means: samples too close to each other, and rounding.
    (30, "sched_times.sv", "near |= valid_q[i] &&", "near |= !({n} && i == 4) && valid_q[i] &&"),
    (31, "sched_times.sv", "{{2{difference4_q[BITS]}}", "{{2{difference4_q[BITS] && !{n}}}"),
]


if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
    import planter
    planter.plant(FAULTS)
