"""Exact paths by the compiled direct method."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.engine.compile.driver_jumps import PATH, WALK_ARGUMENTS, walk_text
from jakstat.engine.compile.kernel_cache import Entry, KernelCache
from jakstat.engine.compile.kernels import OutputKernel
from jakstat.engine.compile.machine import Library, Machine, compile_object, load_object
from jakstat.engine.stochastic.jump_paths import Paths, Walk
from jakstat.streams import stream

__all__ = ["CompiledWalk", "compile_walk", "walk_exactly"]

Integers = NDArray[np.int64]
TURNS = 1 << 22
"""Firings of a group of paths until an interruption is looked for: less than a second."""


@dataclass(frozen=True, slots=True)
class CompiledWalk:
    """The loaded loop over firings."""

    machine: Machine
    library: Library


@lru_cache(maxsize=2)
def compile_walk(machine: Machine, cache: KernelCache) -> CompiledWalk:
    """The loop over firings on this machine; it works for every model."""

    def build() -> Entry:
        return Entry({}, compile_object(walk_text(machine.width), machine, level=2, loops=True))

    entry = cache.fetch(cache.key(machine, "walk"), build)
    return CompiledWalk(machine, load_object(entry.code, machine))


def _changes(change: Floats) -> tuple[Integers, Floats]:
    """Places and sizes of the changes of each reaction; short rows end with nothing in a spare place."""
    reactions, states = change.shape
    widest = int((change != 0.0).sum(axis=1).max(initial=0)) or 1
    index = np.full((reactions, widest), states, np.int64)
    size = np.zeros((reactions, widest))
    for m, row in enumerate(change):
        places = np.flatnonzero(row)
        index[m, : len(places)], size[m, : len(places)] = places, row[places]
    return index, size


def _vectors(count: int, width: int) -> Floats:
    """A zeroed array of vectors on a boundary of theirs."""
    raw = np.zeros((count + 2) * width)
    offset = (-raw.ctypes.data % (8 * width)) // 8
    return raw[offset : offset + (count + 1) * width]


def walk_exactly(code: CompiledWalk, rates: OutputKernel, inputs: Floats, scale: float, walk: Walk) -> Paths:
    """Paths of the direct method.

    Parameters
    ----------
    code
        The loop.
    rates
        Kernel of the propensities, in units of amount per time.
    inputs : array, shape (lanes, inputs)
        Inputs of every lane.
    scale : float
        Particles in one unit of amount.
    walk
        Start, changes, times and seed; its ``propensities`` play no part.

    Returns
    -------
    Paths
        The state at an output time is the one held then. A negative propensity (a law that is a
        difference) ends a path with ``NEGATIVE_STATE``: write the two directions as two reactions.
    """
    count, states = walk.start.shape
    width, reactions = code.machine.width, len(walk.change)
    index, change = _changes(walk.change)
    draws = stream(walk.seed, "ssa").bit_generator
    assert isinstance(draws, np.random.Philox)
    draws.advance(walk.first)  # a block of four words for each path
    seeds = draws.random_raw(4 * count)
    out = np.full((count, len(walk.times), states), np.nan)
    outcomes, steps = np.zeros(count, np.int64), np.zeros(count, np.int64)
    kept: dict[str, NDArray[np.generic]] = {
        "needed": np.array(rates.needed, np.int64), "index": index, "change": change,
        "start": np.ascontiguousarray(walk.start), "inputs": np.ascontiguousarray(inputs), "seeds": seeds,
        "times": np.append(walk.times, np.inf), "out": out, "outcomes": outcomes, "steps": steps,
        "queue": np.zeros(1, np.int64), "w_path": _vectors(len(PATH), width), "w_t": _vectors(1, width),
        "w_states": _vectors(states + 1, width), "w_y": _vectors(len(rates.needed), width),
        "w_c": _vectors(inputs.shape[1], width), "w_out": _vectors(reactions, width),
        "w_aux": _vectors(1, width), "w_x": _vectors(rates.scratch, width),
        "w_sums": _vectors(reactions, width),
    }  # fmt: skip
    kept["w_path"].view(np.int64)[PATH["number"] * width :][:width] = -1
    numbers = {
        "nneeded": len(rates.needed), "nstates": states, "ninputs": inputs.shape[1], "nreactions": reactions,
        "nchanges": index.shape[1], "ntimes": len(walk.times), "paths": count, "max_steps": walk.max_steps,
        "turns": TURNS, "kernel": rates.address,
    }  # fmt: skip
    block = np.zeros(len(WALK_ARGUMENTS), np.int64)
    for place, name in enumerate(WALK_ARGUMENTS):
        block[place] = kept[name].ctypes.data if name in kept else numbers.get(name, 0)
    block.view(np.float64)[WALK_ARGUMENTS.index("scale")] = scale
    function = code.library.function("walk", ctypes.c_int64)
    while function(block.ctypes.data):
        pass
    out[outcomes != 0] = np.nan
    return Paths(out, outcomes, steps)
