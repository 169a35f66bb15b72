"""The compiled kernels of a model and of a choice of outputs.

A model's kernels are ``prep`` (constants of a lane), ``rhs``, ``jac`` (rates, Jacobian and its
factors in one), ``solve``, and of its events ``timed``, ``watch``, ``clocks`` and ``events``;
``start`` (raw values to inputs and states) is compiled apart, for each set of replaced initial assignments.
``aux`` holds g = 1 / (gamma h) in place 0, then df/dt if rates depend on time, then the factors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from jakstat.engine.compile.complex_pairs import PairBuilder
from jakstat.engine.compile.dag import Graph, Node
from jakstat.engine.compile.differentiate import derivatives
from jakstat.engine.compile.emit_llvm import Kernel, emit_kernel
from jakstat.engine.compile.equations import Equations, StartValues
from jakstat.engine.compile.event_tables import EventTables, event_tables
from jakstat.engine.compile.factorise import Factors, factorise, solve
from jakstat.engine.compile.kernel_cache import Entry, KernelCache
from jakstat.engine.compile.layout import CHANGE_FOLLOWS, CHANGE_INPUT
from jakstat.engine.compile.machine import Library, Machine, compile_object, load_object
from jakstat.engine.compile.ordering import markowitz_order
from jakstat.engine.compile.program import Builder, Hoist, Lowering, Operation
from jakstat.engine.compile.trailing_states import autonomous, trailing_states
from jakstat.engine.compile.turning_points import Conditions, find_conditions, input_places
from jakstat.engine.compile.vector_math import FUNCTIONS, vector_functions

__all__ = [
    "BEST",
    "ModelKernels",
    "OutputKernel",
    "StartKernel",
    "compile_model",
    "compile_outputs",
    "compile_slopes",
    "compile_start",
    "compiled",
    "module_text",
    "step_factors",
]

BEST = 2
"""LLVM's level for what runs long. At level 0 straight-line code is made in a quarter of the time and
runs up to a tenth slower; the numbers are the same, bit for bit."""


@dataclass(frozen=True, slots=True, eq=False)
class ModelKernels:
    """Loaded kernels of one model and the sizes of their arrays (in vectors)."""

    library: Library
    state_names: tuple[str, ...]
    input_names: tuple[str, ...]
    by_value: frozenset[str]
    constants: int
    aux: int
    scratch: int
    time_dependent: bool
    timed: int
    watched: int
    triggers: int
    watch_needs: tuple[int, ...]
    turns: int
    wholes: int
    unforeseen: bool
    events: Mapping[str, Sequence[int]]
    event_results: int
    before: tuple[float, ...]
    steering: tuple[int, ...]
    moved_events: bool
    autonomous: bool
    trailing: tuple[int, ...]
    complex_aux: int
    """Vectors of one complex factorisation; 0 without the kernels ``complex_jac`` and ``complex_solve``."""

    @property
    def states(self) -> int:
        """Number of states."""
        return len(self.state_names)

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return len(self.input_names)

    @property
    def widest(self) -> int:
        """The most values that one event sets."""
        return max(self.events["widths"], default=0)

    @property
    def event_inputs(self) -> frozenset[int]:
        """Inputs that events change."""
        pairs = zip(self.events["kind"], self.events["target"], strict=True)
        return frozenset(target for kind, target in pairs if kind == CHANGE_INPUT)

    def address(self, name: str) -> int:
        """The address of a kernel."""
        return self.library.address(name)


@dataclass(frozen=True, slots=True)
class StartKernel:
    """A loaded kernel ``start``: from raw values (named, with defaults) to inputs and states."""

    library: Library
    raw: tuple[str, ...]
    defaults: tuple[float, ...]
    concentrations: frozenset[str]
    scratch: int


@dataclass(frozen=True, slots=True, eq=False)
class OutputKernel:
    """A loaded kernel ``out`` from states and inputs (by place) to ``count`` outputs."""

    library: Library
    needed: tuple[int, ...]
    given: tuple[int, ...]
    count: int
    scratch: int

    @property
    def address(self) -> int:
        """The address of the kernel."""
        return self.library.address("out")


def module_text(kernels: Sequence[Kernel], programs: Sequence[Sequence[Operation]], width: int) -> str:
    """The IR of several kernels with the vector functions they call."""
    used = {op.name for program in programs for op in program} & set(FUNCTIONS)
    return vector_functions(used, width) + "\n" + "\n".join(k.text for k in kernels)


def _plain(array: str, index: int) -> tuple[str, int]:
    return array, index


def _lowering(
    graph: Graph, hoist: Hoist | None, place: Callable[[str, int], tuple[str, int]] = _plain
) -> Lowering:
    return Lowering(graph, Builder(), place, hoist)


def _start_program(start: StartValues) -> list[Operation]:
    low = _lowering(start.graph, None, lambda array, index: ("y" if array == "q" else array, index))
    low.count(start.roots)
    for i, root in enumerate(start.roots):
        low.builder.store("out", i, low.value(root))
    return low.builder.operations


def _rhs_program(system: Equations, hoist: Hoist) -> list[Operation]:
    low = _lowering(system.graph, hoist)
    low.count(system.rates)
    for i, rate in enumerate(system.rates):
        low.builder.store("out", i, low.value(rate))
    return low.builder.operations


def _prep_program(system: Equations, hoist: Hoist) -> list[Operation]:
    low = _lowering(system.graph, None, lambda array, index: ("y" if array == "p" else array, index))
    nodes = list(hoist.slots)
    low.count(nodes)
    for node in nodes:
        low.builder.store("out", hoist.slots[node], low.value(node))
    for i, scale in enumerate(system.scales):
        low.builder.store("out", len(nodes) + i, low.value(scale))
    return low.builder.operations


def _program(system: Equations, nodes: Sequence[Node], inputs: str, first: int = 0) -> list[Operation]:
    """Values of nodes, from place ``first`` on; the inputs stand in array ``inputs``."""
    low = _lowering(system.graph, None, lambda array, index: (inputs if array == "p" else array, index))
    low.count(nodes)
    for i, node in enumerate(nodes, start=first):
        low.builder.store("out", i, low.value(node))
    return low.builder.operations


def _jacobian(system: Equations) -> tuple[list[dict[int, Node]], list[Node | None]]:
    """Rows of the Jacobian by state, and df/dt."""
    graph = system.graph
    places = {graph.input("y", i, 1): i for i in range(len(system.states))}
    found = derivatives(graph, system.rates, frozenset({*places, system.time}))
    if system.eased is not None:
        found = [{v: _finite(graph, node) for v, node in row.items()} for row in found]
    rows = [{places[v]: node for v, node in row.items() if v in places} for row in found]
    return rows, [row.get(system.time) for row in found]


def _finite(graph: Graph, node: Node) -> Node:
    """The derivative, or 0 where it is not finite."""
    return node if graph.bounded[node] else graph.function("finite", node)


def _jac_program(system: Equations, hoist: Hoist) -> tuple[list[Operation], Factors, bool]:
    graph, size = system.graph, len(system.states)
    rows, by_time = _jacobian(system)
    timed = any(node is not None for node in by_time)
    order = markowitz_order(size, ((i, j) for i, row in enumerate(rows) for j in row))
    low = _lowering(graph, hoist)
    low.count(
        [*system.rates, *(n for row in rows for n in row.values()), *(n for n in by_time if n is not None)]
    )
    builder = low.builder

    def row(i: int) -> dict[int, int]:
        gain = builder.load("aux", 0)
        values = {j: low.value(node) for j, node in rows[i].items()}
        matrix = {j: builder.do("neg", v) for j, v in values.items() if j != i}
        matrix[i] = builder.do("sub", gain, values[i]) if i in values else gain
        return matrix

    for i, rate in enumerate(system.rates):
        builder.store("out", i, low.value(rate))
    if timed:
        for i, node in enumerate(by_time):
            builder.store("aux", 1 + i, builder.const(0.0) if node is None else low.value(node))
    factors = factorise(builder, order, row, 1 + (size if timed else 0))
    return builder.operations, factors, timed


def step_factors(system: Equations) -> Factors:
    """Where the kernel ``jac`` leaves the factors of a step."""
    return _jac_program(system, Hoist())[1]


def _watch_layout(system: Equations, found: Conditions, events: EventTables) -> dict[str, object]:
    graph = system.graph
    clocks = [*found.turns, *(node for line in found.wholes for node in line)]
    pairs = zip(system.events, found.places, strict=True)
    before = {place: float(nodes.event.initial_value) for nodes, place in pairs}
    return {
        "timed": len(found.timed),
        "watched": len(found.watched),
        "triggers": len(system.events),
        "watch_needs": sorted(input_places(graph, found.watched, "y")),
        "turns": len(found.turns),
        "wholes": len(found.wholes),
        "unforeseen": found.unforeseen,
        "events": events.tables,
        "event_results": len(events.results),
        "before": [before[place] for place in range(len(before))],
        "steering": sorted(input_places(graph, [*found.timed, *clocks, *events.results], "p")),
        "moved_events": bool(input_places(graph, events.results, "y"))
        or CHANGE_FOLLOWS in events.tables["kind"],
    }


def _pair_programs(system: Equations, hoist: Hoist) -> tuple[list[Operation], list[Operation], int]:
    """Complex factors of z I - J, z in the first two places of ``aux``, and their solution.

    Right sides and solutions are real parts of all states, then imaginary parts.
    """
    graph, size = system.graph, len(system.states)
    rows, _ = _jacobian(system)
    order = markowitz_order(size, ((i, j) for i, row in enumerate(rows) for j in row))
    low = _lowering(graph, hoist)
    low.count([n for row in rows for n in row.values()])
    builder = PairBuilder(low.builder)

    def row(i: int) -> dict[int, int]:
        gain = builder.load("aux", 0)
        values = {j: builder.pair(low.value(node)) for j, node in rows[i].items()}
        matrix = {j: builder.do("neg", v) for j, v in values.items() if j != i}
        matrix[i] = builder.do("sub", gain, values[i]) if i in values else gain
        return matrix

    factors = factorise(builder, order, row, 1)
    solver = _HalvesBuilder(Builder(), size)
    solve(solver, factors, lambda r: solver.pair(*(solver.real.load("y", k) for k in (r, size + r))), "out")
    return low.builder.operations, solver.real.operations, 2 * factors.size


class _HalvesBuilder(PairBuilder):
    """Stores the real parts of all states before the imaginary ones."""

    def __init__(self, real: Builder, size: int) -> None:
        super().__init__(real)
        self.size = size

    def store(self, array: str, index: int, value: int) -> None:
        """Write one solution."""
        one, two = self.parts(value)
        self.real.store(array, index, one)
        self.real.store(array, self.size + index, self.real.const(0.0) if two is None else two)


def _build_model(system: Equations, machine: Machine, level: int, pairs: bool) -> Entry:
    hoist = Hoist()
    rhs = _rhs_program(system, hoist)
    jac, factors, timed = _jac_program(system, hoist)
    solver = Builder()
    solve(solver, factors, lambda r: solver.do("add", solver.load("y", r), solver.load("c", r)), "out")
    complex_jac, complex_solver, complex_aux = _pair_programs(system, hoist) if pairs else ([], [], 0)
    found = find_conditions(system.graph, system.rates, [e.trigger for e in system.events], system.time)
    events = event_tables(system.events, found.places)
    clocks = [*found.turns, *(node for line in found.wholes for node in line)]
    programs = {
        **({"complex_jac": complex_jac, "complex_solve": complex_solver} if pairs else {}),
        "timed": _program(system, found.timed, "c"),
        "watch": _program(system, found.watched, "c", len(found.timed)),
        "clocks": _program(system, clocks, "y"),
        "events": _program(system, events.results, "c"),
        "rhs": rhs,
        "jac": jac,
        "solve": solver.operations,
        "prep": _prep_program(system, hoist),
    }
    kernels = [emit_kernel(name, program, machine.width) for name, program in programs.items()]
    text = module_text(kernels, list(programs.values()), machine.width)
    code = compile_object(text, machine, level=level)
    layout = {
        "states": system.states,
        "inputs": system.inputs,
        "by_value": sorted(system.by_value),
        "constants": len(hoist.slots),
        "aux": factors.size,
        "complex_aux": complex_aux,
        "scratch": max(k.scratch for k in kernels),
        "time_dependent": timed,
        "operations": {k.name: k.operations for k in kernels},
        "autonomous": autonomous(system) and not found.unforeseen,
        "trailing": trailing_states(system, input_places(system.graph, found.watched, "y")),
        **_watch_layout(system, found, events),
    }
    return Entry(layout, code)


def compiled(
    cache: KernelCache,
    machine: Machine,
    parts: Sequence[str],
    level: int,
    build: Callable[[], Entry],
    *,
    best: int = BEST,
) -> Entry:
    """The entry compiled at ``level``, or at the ``best`` one where that was made before."""
    better = None if level == best else cache.kept(cache.key(machine, *parts, str(best)))
    return better or cache.fetch(cache.key(machine, *parts, str(level)), build)


def compile_model(
    system: Callable[[], Equations], key: str, machine: Machine, cache: KernelCache, *, level: int = BEST,
    pairs: bool = False,
) -> ModelKernels:  # fmt: skip
    """The kernels of a network's equations, from the cache when they are there.

    ``key`` is the content key of the network and of what is infused; ``system`` is asked only if needed.
    ``pairs`` adds the complex factors that collocation needs.
    """
    parts = ("model", key, "pairs") if pairs else ("model", key)
    entry = compiled(cache, machine, parts, level, lambda: _build_model(system(), machine, level, pairs))
    layout = entry.layout
    return ModelKernels(
        load_object(entry.code, machine),
        tuple(layout["states"]),
        tuple(layout["inputs"]),
        frozenset(layout["by_value"]),
        int(layout["constants"]),
        int(layout["aux"]),
        int(layout["scratch"]),
        bool(layout["time_dependent"]),
        int(layout["timed"]),
        int(layout["watched"]),
        int(layout["triggers"]),
        tuple(layout["watch_needs"]),
        int(layout["turns"]),
        int(layout["wholes"]),
        bool(layout["unforeseen"]),
        layout["events"],
        int(layout["event_results"]),
        tuple(layout["before"]),
        tuple(layout["steering"]),
        bool(layout["moved_events"]),
        bool(layout["autonomous"]),
        tuple(layout["trailing"]),
        int(layout["complex_aux"]),
    )


def _build_start(start: StartValues, machine: Machine) -> Entry:
    program = _start_program(start)
    kernel = emit_kernel("start", program, machine.width)
    code = compile_object(module_text([kernel], [program], machine.width), machine, level=0)
    layout = {"raw": start.raw, "defaults": [v.hex() for v in start.defaults], "scratch": kernel.scratch,
              "concentrations": sorted(start.concentrations)}  # fmt: skip
    return Entry(layout, code)


def compile_start(
    start: Callable[[], StartValues], key: str, machine: Machine, cache: KernelCache
) -> StartKernel:
    """The kernel that works out inputs and states at the start."""
    entry = cache.fetch(cache.key(machine, "start", key), lambda: _build_start(start(), machine))
    layout = entry.layout
    return StartKernel(
        load_object(entry.code, machine), tuple(layout["raw"]),
        tuple(float.fromhex(v) for v in layout["defaults"]), frozenset(layout["concentrations"]),
        int(layout["scratch"]),
    )  # fmt: skip


def _build_outputs(system: Equations, roots: Sequence[Node], machine: Machine, level: int) -> Entry:
    needed = tuple(sorted(input_places(system.graph, roots, "y")))
    places = {state: k for k, state in enumerate(needed)}

    def place(array: str, index: int) -> tuple[str, int]:
        if array == "p":
            return "c", index
        return ("y", places[index]) if array == "y" else (array, index)

    low = _lowering(system.graph, None, place)
    low.count(roots)
    for i, root in enumerate(roots):
        low.builder.store("out", i, low.value(root))
    kernel = emit_kernel("out", low.builder.operations, machine.width)
    text = module_text([kernel], [low.builder.operations], machine.width)
    code = compile_object(text, machine, level=level)
    given = sorted(input_places(system.graph, roots, "p"))
    layout = {"needed": needed, "given": given, "count": len(roots), "scratch": kernel.scratch}
    return Entry(layout, code)


def compile_outputs(
    system: Callable[[], Equations],
    outputs: Sequence[tuple[str, str]],
    key: str,
    machine: Machine,
    cache: KernelCache,
    *,
    level: int = BEST,
) -> OutputKernel:
    """The kernel of outputs given as (kind, id), kind being ``amount`` or ``value``."""

    def build() -> Entry:
        made = system()
        tables = {"amount": made.amounts, "value": made.values}
        return _build_outputs(made, [tables[kind][id] for kind, id in outputs], machine, level)

    names = [f"{kind}:{id}" for kind, id in outputs]
    entry = compiled(cache, machine, ("outputs", key, *names), level, build)
    return _output_kernel(entry, machine)


def _output_kernel(entry: Entry, machine: Machine) -> OutputKernel:
    needed, given = (tuple(int(i) for i in entry.layout[name]) for name in ("needed", "given"))
    code = load_object(entry.code, machine)
    return OutputKernel(code, needed, given, int(entry.layout["count"]), int(entry.layout["scratch"]))


def compile_slopes(
    system: Callable[[], Equations], key: str, machine: Machine, cache: KernelCache
) -> tuple[OutputKernel, tuple[tuple[int, int], ...]]:
    """The kernel of the Jacobian's non-zero entries, and the (row, column) of each.

    It is laid out as a kernel of outputs: from the states it needs and the inputs.
    """

    def build() -> Entry:
        made = system()
        rows, _ = _jacobian(made)
        places = [(i, j) for i, row in enumerate(rows) for j in sorted(row)]
        entry = _build_outputs(made, [rows[i][j] for i, j in places], machine, level=0)
        return Entry({**entry.layout, "places": places}, entry.code)

    entry = cache.fetch(cache.key(machine, "slopes", key), build)
    return _output_kernel(entry, machine), tuple((int(i), int(j)) for i, j in entry.layout["places"])
