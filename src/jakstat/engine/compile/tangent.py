"""Kernels for derivatives of a run by its parameters: how each stage of a step moves with them.

A stage U of a Rosenbrock step solves (g I - J(y, p)) U = f(u, p) + h d f_t(y, p) + sum C_j U_j / h with the
argument u = y + sum a_j U_j. So its derivative in a direction (y', p') has the same matrix and the right side
A u' + W y' + B p' + sum C_j U_j' / h, where A = f_y(u), W = (J U + h d f_t)_y at U held fixed, and
B = f_p(u) + (J U + h d f_t)_p: differentiation of the scheme itself (internal numerical differentiation,
doi:10.1007/978-3-642-68220-9_8). A, W and B are worked out once per stage for all directions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jakstat.engine.compile.dag import STATE, Graph, Node
from jakstat.engine.compile.differentiate import derivatives
from jakstat.engine.compile.emit_llvm import emit_kernel
from jakstat.engine.compile.equations import Equations, StartValues
from jakstat.engine.compile.factorise import solve
from jakstat.engine.compile.kernel_cache import Entry, KernelCache
from jakstat.engine.compile.kernels import module_text, step_factors
from jakstat.engine.compile.machine import Library, Machine, compile_object, load_object
from jakstat.engine.compile.program import Builder, Hoist, Lowering, Operation
from jakstat.engine.compile.turning_points import input_places

__all__ = [
    "BlockKernels",
    "DirectionKernel",
    "TangentKernels",
    "compile_blocks",
    "compile_output_slopes",
    "compile_start_slopes",
    "compile_tangents",
]

Place = tuple[int, int]
Programs = Mapping[str, list[Operation]]


@dataclass(frozen=True, slots=True)
class TangentKernels:
    """Loaded kernels ``fixed``, ``slope`` and ``bend`` of a model, with sizes in vectors.

    The matrices of a stage are entries ``a`` of A, ``w`` of W (row and column of each) and those of B, which
    begin at ``first``, column by column: ``rows`` of each, column j from ``ends[j]`` on.
    """

    library: Library
    constants: int
    matrices: int
    scratch: int
    first: int
    rows: tuple[int, ...]
    ends: tuple[int, ...]
    a: tuple[Place, ...]
    w: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class BlockKernels:
    """Loaded kernels ``push`` and ``solves`` for a number of vectors of directions of one lane.

    The lanes of a vector are directions; matrices are read in one lane of theirs. State k of vector v stands
    at place k times the number of vectors plus v.
    """

    library: Library
    scratch: int


@dataclass(frozen=True, slots=True)
class DirectionKernel:
    """A loaded kernel that takes values and their derivatives in a direction to derivatives.

    ``needed`` are the states it reads, ``count`` how many derivatives it gives.
    """

    library: Library
    needed: tuple[int, ...]
    count: int
    scratch: int


def _states(system: Equations) -> list[Node]:
    return [system.graph.input("y", i, STATE) for i in range(len(system.states))]


def _inputs(system: Equations) -> list[Node]:
    return [system.graph.input("p", i) for i in range(len(system.inputs))]


def _entries(rows: Sequence[Mapping[Node, Node]], columns: Sequence[Node]) -> dict[Place, Node]:
    place = {node: j for j, node in enumerate(columns)}
    return {(i, place[v]): d for i, row in enumerate(rows) for v, d in sorted(row.items()) if v in place}


def _bent(system: Equations, rows: Sequence[Mapping[Node, Node]]) -> list[Node]:
    """J U + (h d) f_t, with the stage U as input ``u`` and the factor h d as input ``share``."""
    graph = system.graph
    places = {node: j for j, node in enumerate(_states(system))}
    share = graph.input("share", 0, STATE)
    found = []
    for row in rows:
        terms = [
            (graph.mul(d, graph.input("u", places[v], STATE) if v in places else share), 1.0)
            for v, d in sorted(row.items())
            if v in places or v == system.time
        ]
        found.append(graph.net(terms))
    return found


def _lowered(
    graph: Graph,
    nodes: Mapping[int, Node],
    hoist: Hoist | None,
    place: Callable[[str, int], tuple[str, int]],
    added: frozenset[int] = frozenset(),
) -> list[Operation]:
    """A program that writes nodes to their places of ``out``, added to what is there where it says so."""
    low = Lowering(graph, Builder(), place, hoist)
    low.count(list(nodes.values()))
    for where, node in nodes.items():
        value = low.value(node)
        if where in added:
            value = low.builder.do("add", low.builder.load("out", where), value)
        low.builder.store("out", where, value)
    return low.builder.operations


def _push(n: int, a: Sequence[Place], w: Sequence[Place], count: int) -> list[Operation]:
    """For each of ``count`` vectors of directions A times one array (``y``) plus W times another (``c``)."""
    builder = Builder()
    rows: list[list[tuple[str, int, int]]] = [[] for _ in range(n)]
    for array, first, places in (("y", 0, a), ("c", len(a), w)):
        for where, (i, j) in enumerate(places, start=first):
            rows[i].append((array, j, where))
    for i, row in enumerate(rows):
        totals: list[int | None] = [None] * count
        for array, j, where in row:
            entry = builder.load("aux", where)
            for v, total in enumerate(totals):
                factor = builder.load(array, j * count + v)
                product = ("mul", entry, factor) if total is None else ("fma", entry, factor, total)
                totals[v] = builder.do(*product)
        for v, total in enumerate(totals):
            builder.store("out", i * count + v, builder.const(0.0) if total is None else total)
    return builder.operations


def _solves(system: Equations, count: int) -> list[Operation]:
    """Solutions with the factors of the step (``aux``) for ``count`` vectors of directions side by side."""
    builder = Builder()

    def right(place: int) -> int:
        return builder.do("add", builder.load("y", place), builder.load("c", place))

    solve(builder, step_factors(system), right, "out", count)
    return builder.operations


def _programs(system: Equations) -> tuple[Programs, dict[str, object]]:
    """The programs and the layout of what they share: how many constants and entries, and where B lies."""
    graph, n = system.graph, len(system.states)
    states, inputs = _states(system), _inputs(system)
    rows = derivatives(graph, system.rates, frozenset({*states, *inputs, system.time}))
    bent = derivatives(graph, _bent(system, rows), frozenset({*states, *inputs}))
    a, w = _entries(rows, states), _entries(bent, states)
    b, g = _entries(rows, inputs), _entries(bent, inputs)
    by_column = sorted({*b, *g}, key=lambda at: (at[1], at[0]))
    place_a = {at: k for k, at in enumerate(a)}
    place_w = {at: len(a) + k for k, at in enumerate(w)}
    place_b = {at: len(a) + len(w) + k for k, at in enumerate(by_column)}
    ends = np.cumsum([0, *(sum(j == k for _, j in by_column) for k in range(len(inputs)))])
    hoist = Hoist()

    def place(array: str, index: int) -> tuple[str, int]:
        if array == "share":
            return "t", 1
        return ("y", n + index) if array == "u" else (array, index)

    slope = {place_a[at]: node for at, node in a.items()} | {place_b[at]: node for at, node in b.items()}
    bend = {place_w[at]: node for at, node in w.items()} | {place_b[at]: node for at, node in g.items()}
    programs = {
        "slope": _lowered(graph, slope, hoist, place),
        "bend": _lowered(graph, bend, hoist, place, frozenset(place_b[at] for at in g if at in b)),
    }
    hoisted = {k: node for node, k in hoist.slots.items()}
    programs["fixed"] = _lowered(graph, hoisted, None, lambda array, i: ("y" if array == "p" else array, i))
    layout = {
        "constants": len(hoist.slots), "matrices": len(a) + len(w) + len(place_b), "first": len(a) + len(w),
        "rows": [i for i, _ in by_column], "ends": [int(k) for k in ends], "a": list(a), "w": list(w),
    }  # fmt: skip
    return programs, layout


def _entry(
    programs: Programs, machine: Machine, layout: Mapping[str, object], single: frozenset[str] = frozenset()
) -> Entry:
    kernels = [emit_kernel(name, program, machine.width, single) for name, program in programs.items()]
    code = compile_object(module_text(kernels, list(programs.values()), machine.width), machine)
    return Entry({**layout, "scratch": max(k.scratch for k in kernels)}, code)


def compile_tangents(
    system: Callable[[], Equations], key: str, machine: Machine, cache: KernelCache
) -> TangentKernels:
    """The kernels of a network; ``key`` and ``system`` as for :func:`~.kernels.compile_model`."""

    def build() -> Entry:
        programs, layout = _programs(system())
        return _entry(programs, machine, layout)

    entry = cache.fetch(cache.key(machine, "tangents", key), build)
    layout = entry.layout
    rows, ends = (tuple(int(k) for k in layout[name]) for name in ("rows", "ends"))
    a, w = (tuple((int(i), int(j)) for i, j in layout[name]) for name in ("a", "w"))
    return TangentKernels(
        load_object(entry.code, machine), int(layout["constants"]), int(layout["matrices"]),
        int(layout["scratch"]), int(layout["first"]), rows, ends, a, w,
    )  # fmt: skip


def compile_blocks(
    system: Callable[[], Equations], tangents: TangentKernels, count: int, key: str, machine: Machine,
    cache: KernelCache,
) -> BlockKernels:  # fmt: skip
    """The kernels of ``count`` vectors of directions at once, which share what they read of the matrices."""

    def build() -> Entry:
        made = system()
        programs = {
            "push": _push(len(made.states), tangents.a, tangents.w, count),
            "solves": _solves(made, count),
        }
        return _entry(programs, machine, {}, frozenset({"aux"}))

    entry = cache.fetch(cache.key(machine, "directions", key, str(count)), build)
    return BlockKernels(load_object(entry.code, machine), int(entry.layout["scratch"]))


def _along(graph: Graph, roots: Sequence[Node], moved: Mapping[Node, Node]) -> list[Node]:
    """Derivatives of nodes when each of some inputs moves at the rate of another input."""
    rows = derivatives(graph, roots, frozenset(moved))
    return [graph.net([(graph.mul(d, moved[v]), 1.0) for v, d in sorted(row.items())]) for row in rows]


def _loaded(entry: Entry, machine: Machine) -> DirectionKernel:
    needed = tuple(int(i) for i in entry.layout["needed"])
    sizes = (int(entry.layout[name]) for name in ("count", "scratch"))
    return DirectionKernel(load_object(entry.code, machine), needed, *sizes)


def compile_output_slopes(
    system: Callable[[], Equations], values: Sequence[str], key: str, machine: Machine, cache: KernelCache
) -> DirectionKernel:
    """The kernel ``along`` of the values of ids: from the states it needs and their derivatives in ``y``, the
    inputs in ``c`` and their derivatives in ``aux``.
    """

    def build() -> Entry:
        made = system()
        graph = made.graph
        moved = {node: graph.input("y_along", i, STATE) for i, node in enumerate(_states(made))}
        moved |= {node: graph.input("p_along", i, STATE) for i, node in enumerate(_inputs(made))}
        nodes = _along(graph, [made.values[name] for name in values], moved)
        needed = sorted(input_places(graph, nodes, "y") | input_places(graph, nodes, "y_along"))
        at = {state: k for k, state in enumerate(needed)}

        def place(array: str, index: int) -> tuple[str, int]:
            if array in ("y", "y_along"):
                return "y", at[index] + (len(needed) if array == "y_along" else 0)
            return {"p": "c", "p_along": "aux"}.get(array, array), index

        programs = {"along": _lowered(graph, dict(enumerate(nodes)), None, place)}
        return _entry(programs, machine, {"needed": needed, "count": len(nodes)})

    return _loaded(cache.fetch(cache.key(machine, "output slopes", key, *values), build), machine)


def compile_start_slopes(
    start: Callable[[], StartValues], key: str, machine: Machine, cache: KernelCache
) -> DirectionKernel:
    """The kernel ``along`` of inputs and states at the start, from raw values and derivatives in ``y``."""

    def build() -> Entry:
        made = start()
        graph, size = made.graph, len(made.raw)
        moved = {graph.input("q", i): graph.input("q_along", i, STATE) for i in range(size)}
        nodes = _along(graph, made.roots, moved)

        def place(array: str, index: int) -> tuple[str, int]:
            return {"q": ("y", index), "q_along": ("y", size + index)}.get(array, (array, index))

        programs = {"along": _lowered(graph, dict(enumerate(nodes)), None, place)}
        return _entry(programs, machine, {"needed": (), "count": len(nodes)})

    return _loaded(cache.fetch(cache.key(machine, "start slopes", key), build), machine)
