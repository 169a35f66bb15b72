"""Applying a kernel to many lanes at once: used for start values and for outputs at one time."""

from __future__ import annotations

from jakstat.engine.compile.routine import Routine

__all__ = ["MAP_ARGUMENTS", "map_text"]

MAP_ARGUMENTS = (
    "kernel", "source", "inputs", "target", "outputs", "lanes", "w_t", "w_in", "w_c", "w_out", "w_a", "w_x",
    "source_c", "inputs_c",
)  # fmt: skip
"""Arguments of ``map``, all 8 bytes wide: the kernel, lane-major arrays and the workspace."""

_NUMBERS = ("inputs", "outputs", "lanes", "inputs_c")


def _gather(r: Routine, source: str, count: str, first: str, last: str, target: str) -> None:
    """Rows ``first ..`` of a lane-major array into vectors; past the end the last row is repeated."""
    with r.loop(str(r.width)) as lane:
        wanted = r.arith("add", first, lane)
        inside = r.compare("sle", wanted, last)
        row = r.put(f"select i1 {inside}, i64 {wanted}, i64 {last}")
        where = r.at(source, r.arith("mul", row, count), 8)
        with r.loop(count) as k:
            r.store(
                "double", r.load("double", where, k), target, r.arith("add", r.arith("mul", k, r.width), lane)
            )


def map_text(width: int) -> str:
    """The IR of ``map``."""
    r = Routine(width)
    a = {name: f"%{name}" for name in MAP_ARGUMENTS}
    blocks = r.arith("sdiv", r.arith("add", a["lanes"], width - 1), width)
    last = r.arith("sub", a["lanes"], 1)
    with r.loop(blocks) as block:
        first = r.arith("mul", block, width)
        _gather(r, a["source"], a["inputs"], first, last, a["w_in"])
        _gather(r, a["source_c"], a["inputs_c"], first, last, a["w_c"])
        arrays = (a["w_t"], a["w_in"], a["w_c"], a["w_out"], a["w_a"], a["w_x"])
        r.lines.append(f"  call void {a['kernel']}({', '.join('ptr ' + x for x in arrays)})")
        with r.loop(str(width)) as lane:
            row = r.arith("add", first, lane)
            with r.when(r.compare("sle", row, last)):
                where = r.at(a["target"], r.arith("mul", row, a["outputs"]), 8)
                with r.loop(a["outputs"]) as k:
                    value = r.load("double", a["w_out"], r.arith("add", r.arith("mul", k, width), lane))
                    r.store("double", value, where, k)
    r.lines.append("  ret i64 0")
    head = ", ".join(f"{'i64' if name in _NUMBERS else 'ptr'} %{name}" for name in MAP_ARGUMENTS)
    return r.text(f"define i64 @map({head}) nounwind")
