"""Pseudo-arclength continuation: following a curve of steady states around its folds.

A curve of solutions of n equations in n + 1 unknowns is followed by its arclength, so that it
may turn back in the parameter (H. B. Keller 1977; doi:10.1137/1.9780898719154). A fold is where
the parameter's part of the tangent changes sign; it is located to the rounding of the equations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from jakstat.arrays import Floats
from jakstat.extras import needs

with needs("analysis"):
    from scipy.optimize import brentq

__all__ = ["FollowedCurve", "PathEquations", "Vertex", "follow"]

FIRST, SMALLEST, LARGEST = 0.005, 1e-8, 0.02
"""Arclength of the first, the smallest and the largest step, where the parameter's range is 1."""
STRAIGHT = 0.95
"""A step is kept when the tangents at its ends enclose a cosine of at least this."""
_CORRECTIONS, _EASY = 8, 3


class PathEquations(Protocol):
    """n equations in the unknowns x = (z, s): n scaled states and the parameter, whose range is 0 to 1."""

    def values(self, x: Floats) -> Floats:
        """The equations at x, shape (n,)."""
        ...

    def slopes(self, x: Floats) -> Floats:
        """Their derivatives by x, shape (n, n + 1)."""
        ...


@dataclass(frozen=True, slots=True)
class Vertex:
    """A point of a curve and the unit tangent there, both of shape (n + 1,)."""

    x: Floats
    tangent: Floats


@dataclass(frozen=True, slots=True)
class FollowedCurve:
    """A followed curve.

    Parameters
    ----------
    vertices : tuple of Vertex
        In order.
    folds : tuple of (int, Vertex)
        For every fold, the number of the vertex before it, and the fold.
    ended : {"edge", "closed", "stuck", "long"}
        At an end of the parameter's range, back where it began, at a point that no step leads on from,
        or after the most steps that were allowed.
    """

    vertices: tuple[Vertex, ...]
    folds: tuple[tuple[int, Vertex], ...]
    ended: str


def _norm(v: Floats) -> float:
    """Length in which the states together weigh as much as the parameter."""
    return float(np.sqrt(v[:-1] @ v[:-1] / max(1, len(v) - 1) + v[-1] * v[-1]))


def _dot(a: Floats, b: Floats) -> float:
    return float(a[:-1] @ b[:-1] / max(1, len(a) - 1) + a[-1] * b[-1])


def _bordered(slopes: Floats, row: Floats, right: Floats) -> Floats | None:
    matrix = np.vstack([slopes, row])
    if not np.isfinite(matrix).all() or not np.isfinite(right).all():
        return None
    size = np.abs(matrix).max(axis=1)
    size = np.where(size > 0, size, 1.0)
    try:
        return np.asarray(np.linalg.solve(matrix / size[:, None], right / size))
    except np.linalg.LinAlgError:
        return None


def _row(tangent: Floats) -> Floats:
    """The tangent as a row of equations, in the weights of :func:`_dot`."""
    return np.append(tangent[:-1] / max(1, len(tangent) - 1), tangent[-1])


def _tangent(problem: PathEquations, x: Floats, along: Floats) -> Floats | None:
    # F_x t = 0 and along . t = 1: the null vector, pointing the way we came (Keller's bordered system)
    found = _bordered(problem.slopes(x), _row(along), np.append(np.zeros(len(x) - 1), 1.0))
    if found is None or not np.isfinite(found).all():
        return None
    return np.asarray(found / _norm(found))


def _corrected(
    problem: PathEquations, guess: Floats, row: Floats, tolerance: float
) -> tuple[Floats, int] | None:
    """Newton's method in the plane through ``guess`` across ``row``; the point, and how many corrections."""
    x = guess
    for count in range(1, _CORRECTIONS + 1):
        # F(x) = 0 and row . (x - guess) = 0: pseudo-arclength, regular at a simple fold
        move = _bordered(problem.slopes(x), row, np.append(-problem.values(x), -(row @ (x - guess))))
        if move is None:
            return None
        x = x + move
        size = float(np.abs(move).max())
        if size <= tolerance:
            return x, count
        if not size < 1.0:
            return None
    return None


def _step(problem: PathEquations, here: Vertex, length: float, tolerance: float) -> tuple[Vertex, int] | None:
    guess = here.x + length * here.tangent
    found = _corrected(problem, guess, _row(here.tangent), tolerance)
    if found is None or _norm(found[0] - guess) > max(length, 1e-9):
        return None
    tangent = _tangent(problem, found[0], here.tangent)
    return None if tangent is None else (Vertex(found[0], tangent), found[1])


def _fold(problem: PathEquations, here: Vertex, length: float, tolerance: float) -> Vertex | None:
    """The fold between ``here`` and the point ``length`` further on."""
    seen: dict[float, Vertex] = {0.0: here}

    def turn(part: float) -> float:
        if part not in seen:
            found = _step(problem, here, part, tolerance)
            if found is None:
                raise ArithmeticError
            seen[part] = found[0]
        return float(seen[part].tangent[-1])

    try:
        at = brentq(turn, 0.0, length, xtol=1e-13, rtol=1e-13)
        turn(at)
    except (ArithmeticError, ValueError):
        return None
    return seen[at]


def follow(
    problem: PathEquations,
    x: Floats,
    *,
    forward: bool = True,
    most: int = 4000,
    tolerance: float = 1e-6,
) -> FollowedCurve:
    """The curve of solutions through ``x``, followed until its parameter leaves 0 .. 1.

    Parameters
    ----------
    problem : PathEquations
    x : array, shape (n + 1,)
        A solution, nearly.
    forward : bool
        Whether the parameter rises first.
    most : int
        Most points.
    tolerance : float
        Largest correction of a scaled unknown that counts as none; Newton's method squares what is left.

    Returns
    -------
    FollowedCurve
        The last point lies on the edge of the range if that is where it ``ended``.

    Examples
    --------
    >>> class Parabola:
    ...     def values(self, x): return np.array([x[1] - 0.5 + (x[0] - 0.5) ** 2])
    ...     def slopes(self, x): return np.array([[2 * (x[0] - 0.5), 1.0]])
    >>> curve = follow(Parabola(), np.array([0.5 - 0.25**0.5, 0.25]))
    >>> curve.ended, [round(float(fold.x[1]), 9) for _, fold in curve.folds]
    ('edge', [0.5])
    """
    along = np.append(np.zeros(len(x) - 1), 1.0 if forward else -1.0)
    placed = _corrected(problem, x, along, tolerance)
    tangent = None if placed is None else _tangent(problem, placed[0], along)
    if placed is None or tangent is None:
        return FollowedCurve((), (), "stuck")
    vertices, folds = [Vertex(placed[0], tangent)], []
    length, ended = FIRST, "long"
    while len(vertices) < most:
        here = vertices[-1]
        beyond = here.x[-1] + length * here.tangent[-1]
        if len(vertices) > 1 and not 0.0 <= beyond <= 1.0:
            last = _edge(problem, here, length, tolerance)
            if last is not None:
                vertices.append(last)
                ended = "edge"
                break
        found = _step(problem, here, length, tolerance)
        if found is None or _dot(found[0].tangent, here.tangent) < STRAIGHT:
            length *= 0.5
            if length < SMALLEST:
                ended = "stuck"
                break
            continue
        there, corrections = found
        if not 0.0 <= there.x[-1] <= 1.0 and len(vertices) > 1:
            length *= 0.5
            continue
        if here.tangent[-1] * there.tangent[-1] < 0:
            fold = _fold(problem, here, length, tolerance)
            folds += [(len(vertices) - 1, fold)] if fold is not None else []
        if _returned(vertices, there, length):
            ended = "closed"
            break
        vertices.append(there)
        length = min(LARGEST, length * 1.5) if corrections <= _EASY else length
    return FollowedCurve(tuple(vertices), tuple(folds), ended)


def _edge(problem: PathEquations, here: Vertex, length: float, tolerance: float) -> Vertex | None:
    """The curve's point on the edge of the range, if it is within about ``length`` of ``here``."""
    target = 0.0 if here.tangent[-1] < 0 else 1.0
    across = np.append(np.zeros(len(here.x) - 1), 1.0)
    guess = here.x + here.tangent * (target - here.x[-1]) / here.tangent[-1]
    found = _corrected(problem, guess, across, tolerance)
    if found is None or _norm(found[0] - here.x) > 2 * length:
        return None
    tangent = _tangent(problem, found[0], here.tangent)
    if tangent is None or _dot(tangent, here.tangent) < STRAIGHT:
        return None
    return Vertex(found[0], tangent)


def _returned(vertices: list[Vertex], there: Vertex, length: float) -> bool:
    first = vertices[0]
    far = len(vertices) > 10
    return far and _norm(there.x - first.x) < length and _dot(there.tangent, first.tangent) > STRAIGHT
