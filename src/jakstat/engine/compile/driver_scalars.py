"""One lane of the lane block, as scalar LLVM IR."""

from __future__ import annotations

from collections.abc import Mapping

from jakstat.engine.compile.layout import LANE
from jakstat.engine.compile.routine import Routine

__all__ = ["LaneScalars"]

Context = Mapping[str, str]


class LaneScalars:
    """Scalar access to one lane's column of the lane block."""

    def __init__(self, r: Routine, c: Context, lane: str) -> None:
        self.r, self.c, self.lane = r, c, lane

    def _place(self, name: str) -> str:
        return self.r.arith("add", self.lane, LANE[name] * self.r.width)

    def real(self, name: str) -> str:
        """A real of the lane."""
        return self.r.load("double", self.c["w_lane"], self._place(name))

    def whole(self, name: str) -> str:
        """A whole number of the lane."""
        return self.r.load("i64", self.c["w_lane"], self._place(name))

    def set_real(self, name: str, value: str) -> None:
        """Write a real."""
        self.r.store("double", value, self.c["w_lane"], self._place(name))

    def set_whole(self, name: str, value: str) -> None:
        """Write a whole number."""
        self.r.store("i64", value, self.c["w_lane"], self._place(name))
