"""`make bench`: time of reading and running each context, and of libRoadRunner on the same file."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

import jakstat as js

TIMES = np.linspace(0.0, 6.0, 241)
REPEATS = 5


def median_seconds(action: Callable[[], object]) -> float:
    """Median of a few runs, after one that does not count."""
    action()
    took = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        action()
        took.append(time.perf_counter() - start)
    return statistics.median(took)


def roadrunner_seconds(sbml: str) -> float | None:
    """The same run in libRoadRunner, or None where it is not installed."""
    try:
        import roadrunner
    except ImportError:
        return None
    runner = roadrunner.RoadRunner(sbml)
    runner.integrator.relative_tolerance = 1e-6
    runner.integrator.absolute_tolerance = 1e-9

    def run() -> object:
        runner.resetAll()
        return runner.simulate(TIMES[0], TIMES[-1], TIMES.size)

    return median_seconds(run)


def main() -> None:
    print(
        f"jakstat {js.__version__}, Python {sys.version.split()[0]}; median of {REPEATS}, one core, seconds"
    )
    print(f"{'context':<20}{'read':>10}{'run':>10}{'libRoadRunner run':>20}")
    for name in js.contexts():
        sbml = js.assemble(name).sbml
        model = js.load_sbml(sbml)
        cells = [
            median_seconds(lambda sbml=sbml: js.load_sbml(sbml)),
            median_seconds(lambda model=model: model.simulate(TIMES, rtol=1e-6, atol=1e-9)),
        ]
        other = roadrunner_seconds(sbml)
        shown = "absent" if other is None else f"{other:.4f}"
        print(f"{name:<20}" + "".join(f"{c:>10.4f}" for c in cells) + f"{shown:>20}")


if __name__ == "__main__":
    main()
