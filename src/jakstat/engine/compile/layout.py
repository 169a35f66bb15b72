"""What the compiled step loop and its caller agree on: the context block and the lane block."""

from __future__ import annotations

__all__ = [
    "ADDED_TO",
    "AT_TRIGGER",
    "BANKS",
    "CHANGE_FOLLOWS",
    "CHANGE_INPUT",
    "CHANGE_STATE",
    "CONTEXT",
    "DIRECTIONS",
    "DIRECTION_BLOCK",
    "DIRECTION_POINTERS",
    "DOSE_ADD",
    "DOSE_INPUT",
    "DOSE_INPUT_ADD",
    "DOSE_RATE",
    "DOSE_SET",
    "EVENT_TABLES",
    "LANE",
    "MULTIPLIED",
    "NOTES",
    "NO_LANE",
    "PENDING_FULL",
    "PERSISTENT",
    "POINTERS",
    "REALS",
    "RETURNING",
    "SPENT",
    "TIES",
]

EVENT_TABLES = (
    "flags",
    "trigger",
    "delay",
    "priority",
    "change",
    "values",
    "widths",
    "kind",
    "target",
    "from",
    "size",
)
"""Tables of events; the last four have one row per change that an event makes."""

POINTERS = (
    "k_prep",
    "k_jac",
    "k_rhs",
    "k_solve",
    "k_out",
    "k_complex_jac",
    "k_complex_solve",
    "k_watch",
    "k_timed",
    "k_clocks",
    "k_events",
    "w_lane",
    "w_t",
    "w_p",
    "w_y",
    "w_u",
    "w_s",
    "w_f",
    "w_k",
    "w_c",
    "w_a",
    "w_x",
    "w_o",
    "w_n",
    "w_spare",
    "w_given",
    "w_d",
    "w_r",
    "w_v",
    "w_b",
    "w_g",
    "w_m",
    "w_rates",
    "w_forms",
    "w_moves",
    "w_last",
    "w_ahead",
    "w_pairs",
    "w_top",
    "w_typical",
    "w_drift",
    "w_before",
    "w_q",
    "w_e",
    "w_h",
    "w_j",
    "w_pend",
    "need",
    "need_p",
    "queue",
    "in_p",
    "in_y",
    "in_t",
    "in_end",
    "in_h",
    "in_next",
    "in_typical",
    "watch_needs",
    "times",
    "dose_from",
    "dose_to",
    "dose_time",
    "dose_kind",
    "dose_index",
    "dose_value",
    "cycle_rows",
    "cycles_left",
    "trailing",
    "out",
    "o_status",
    "o_steps",
    "o_t",
    "o_y",
    "o_p",
    "o_next",
    "o_top",
    "o_doubt",
    "stop",
    "draws",
    "ev_before",
    *(f"ev_{name}" for name in EVENT_TABLES),
)
_NUMBERS = (
    "n",
    "np",
    "nout",
    "nneed",
    "nneed_p",
    "lanes",
    "ntimes",
    "max_steps",
    "has_dt",
    "has_rate",
    "out_lane",
    "out_row",
    "keep_y",
    "keep_p",
    "nwatch",
    "nwatch_needs",
    "ntriggers",
    "ntimed",
    "nturns",
    "nwholes",
    "pending",
    "pending_row",
    "chain",
    "scales",
    "recalls",
    "pair_size",
    "has_typical",
    "cycles",
)
_REALS = ("rtol", "atol", "share", "floor", "doubt", "longest")
REALS = frozenset((*_REALS, "d_looser"))
DIRECTION_POINTERS = (
    "k_fixed", "k_slope", "k_bend", "k_push", "k_push_rest", "k_solves", "k_solves_rest", "k_along",
    "d_block", "d_fixed", "d_matrix", "d_time", "d_state", "d_least", "d_sum", "d_rate", "d_stage", "d_given",
    "d_input", "d_out", "d_scratch", "d_need", "d_start", "d_dose", "d_begin", "d_entry", "d_source",
    "d_target", "d_row", "d_end",
)  # fmt: skip
DIRECTIONS = (
    *DIRECTION_POINTERS, "d_vectors", "d_blocks", "d_rest", "d_size", "d_matrices", "d_nneed", "d_nout",
    "d_looser",
)  # fmt: skip
"""What only the step loop with derivatives has: see :mod:`~.driver_tangent`."""
CONTEXT = {name: place for place, name in enumerate((*POINTERS, *_NUMBERS, *_REALS, *DIRECTIONS))}
"""Places (of 8 bytes) in the context: pointers, whole numbers, reals.

``k_`` are kernels, ``w_`` the workspace of a group of lanes, ``in_`` and ``dose_`` what a lane
starts from, ``o_`` how it ended. Arrays by lane have one row per lane of the queue.
"""

LANE = {
    name: place
    for place, name in enumerate(
        ("time", "step", "end", "stop", "tried", "inverse", "reached", "error", "next", "grow",
         "lane", "output", "dose", "doses", "steps", "fresh", "ended", "aimed", "look", "hit",
         "chatter", "low", "high", "best", "given", "since", "noted", "writing", "reading", "seek",
         "past", "miss", "astray",
         "reach", "upcoming", "arrived", "acting", "turning", "pulled", "due", "waiting", "drawn", "chained",
         "key", "fault", "moment", "begin", "met", "slot_lane", "slot_share", "slot_time", "slot_row",
         "cycled", "whole", "restless", "shift")
    )
}  # fmt: skip
"""Places (of one vector) in the lane block: the state of the loop, lane by lane."""

BANKS, NOTES = 4, 64
"""Stretches after doses that a lane remembers (``w_m``), and the most steps noted in each."""

DIRECTION_BLOCK = 4
"""Vectors of directions that are moved together."""

NO_LANE, SPENT = -1, -2
"""Values of ``lane``: waiting for a lane from the queue; the queue is empty."""

DOSE_ADD, DOSE_SET, DOSE_INPUT, DOSE_INPUT_ADD, DOSE_RATE = 0, 1, 2, 3, 4
"""Kinds of dose: add to a state, set a state, set an input, add to an input, set a state's infusion rate."""

RETURNING, MULTIPLIED, ADDED_TO = 0, 1, 2
"""What a cycle of doses does to a state when all else comes back: nothing, a factor, or an amount."""

PERSISTENT, AT_TRIGGER = 1, 2
"""Flags of an event: it stays due if its trigger turns false; its values are those of the trigger's time."""

CHANGE_STATE, CHANGE_INPUT, CHANGE_FOLLOWS = 0, 1, 2
"""Kinds of change: set a state, set an input, a concentration that follows its volume."""

PENDING_FULL = 100
"""Outcome of a lane in which more events wait than there is room for: it is run again with more room."""

TIES = 1 << 18
"""Draws for ties between events of one priority; a lane that needs more begins again with the first."""
