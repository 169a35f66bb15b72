"""`jakstat run`: anyone's SBML model, one simulation or many lanes, into a table."""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from jakstat.cli.output import print_json
from jakstat.errors import Outcome, problem
from jakstat.limits import LIMITS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jakstat.engine import Model, Result

__all__ = ["run"]

PIECE = 512


def run(
    model: Annotated[Path, typer.Argument(help="SBML file.")],
    until: Annotated[float, typer.Option(help="Last time, in the model's time unit.")],
    points: Annotated[int, typer.Option(help="Number of evenly spaced times, the first at 0.")] = 101,
    lanes: Annotated[
        Path | None, typer.Option(help="CSV: one row per lane, columns named after parameters or species.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the trajectories to this CSV file.")] = None,
    observe: Annotated[
        str | None, typer.Option(help="Ids to keep, separated by commas; all species if not given.")
    ] = None,
    rtol: Annotated[float, typer.Option(help="Relative tolerance.")] = 1e-6,
    atol: Annotated[float, typer.Option(help="Absolute tolerance.")] = 1e-9,
    method: Annotated[str, typer.Option(help="rodas5p, rodas4, LSODA, BDF or Radau.")] = "rodas5p",
    threads: Annotated[int, typer.Option(help="Threads; they change no number.")] = 1,
    assume_zero: Annotated[bool, typer.Option("--assume-zero", help="Count values never set as 0.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Simulate an SBML model, for one or for many sets of values."""
    import numpy as np

    from jakstat.engine import load_sbml

    if not 0 < until < float("inf") or not 2 <= points <= LIMITS.time_points or threads < 1:
        raise problem("option.value", "--until must be above 0, --points at least 2, --threads at least 1")
    if out is not None:
        _check_target(out, force)
    loaded = load_sbml(model, assume_zero=assume_zero)
    species = [s.id for s in loaded.network.species]
    names = [n.strip() for n in observe.split(",")] if observe else species
    values = _values(lanes)
    count = len(next(iter(values.values()))) if values else 1
    times = np.linspace(0.0, until, points)

    def piece(part: slice) -> Result:
        chosen = {k: v[part] for k, v in values.items()}
        given = {k: v for k, v in chosen.items() if k not in species}
        initial = {k: v for k, v in chosen.items() if k in species}
        return loaded.simulate(
            times, given, initial, outputs=names, rtol=rtol, atol=atol, method=method, threads=threads
        )

    start = time.perf_counter()
    with _table(out, names) as write:
        done, outcomes, last = _pieces(piece, count, write, names, quiet=as_json)
    took = time.perf_counter() - start
    _report(loaded, done, count, outcomes, took, names, last, out, as_json=as_json)
    if done < count:
        raise KeyboardInterrupt


def _values(path: Path | None) -> dict[str, NDArray[np.float64]]:
    if path is None:
        return {}
    from jakstat.engine.lane_table import read_lanes

    if not path.is_file():
        raise problem("file.missing", f"no file '{path}'", field="--lanes")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise problem("file.text", "the table is not UTF-8 text", file=path.name) from None
    return read_lanes(text, file=path.name)


def _check_target(out: Path, force: bool) -> None:
    if out.suffix.lower() != ".csv":
        raise problem(
            "option.value", f"'{out.name}' is no .csv file", field="--out", hint="name it something.csv"
        )
    if not out.absolute().parent.is_dir():
        raise problem("file.folder", f"there is no folder '{out.parent}'", field="--out")
    if out.exists() and not force:
        raise problem("file.exists", f"'{out.name}' is there already", field="--out", hint="add --force")


@contextmanager
def _table(out: Path | None, names: Sequence[str]) -> Iterator[Callable[[Result, int], None]]:
    """A writer of rows ``lane, time, outcome, values``; every piece is on disk before the next is run."""
    if out is None:
        yield lambda _result, _first: None
        return
    with out.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["lane", "time", "outcome", *names])

        def write(result: Result, first: int) -> None:
            _rows(writer, handle, result, first, names)

        yield write


def _rows(writer: object, handle: TextIO, result: Result, first: int, names: Sequence[str]) -> None:
    columns = [result.value(name) for name in names]
    for lane in range(result.lanes):
        outcome = Outcome(int(result.outcomes[lane])).name
        for i, when in enumerate(result.times.tolist()):
            row = [first + lane, repr(when), outcome, *(repr(float(c[lane, i])) for c in columns)]
            writer.writerow(row)  # type: ignore[attr-defined]
    handle.flush()


def _pieces(
    piece: Callable[[slice], Result],
    count: int,
    write: Callable[[Result, int], None],
    names: Sequence[str],
    *,
    quiet: bool,
) -> tuple[int, dict[str, int], dict[str, float]]:
    """Run all lanes: how many were done, how they ended, and the last values of the first."""
    outcomes: dict[str, int] = {}
    last: dict[str, float] = {}
    done = 0
    start = time.perf_counter()
    try:
        for first in range(0, count, PIECE):
            result = piece(slice(first, min(first + PIECE, count)))
            write(result, first)
            for value in result.outcomes.tolist():
                name = Outcome(value).name
                outcomes[name] = outcomes.get(name, 0) + 1
            if not first:
                last = {name: float(result.value(name)[0, -1]) for name in names}
            done = first + result.lanes
            if not quiet and count > PIECE and sys.stderr.isatty():
                pace = done / (time.perf_counter() - start)
                typer.echo(f"\r{done} of {count} lanes, {pace:.0f} lanes/s", err=True, nl=False)
    except KeyboardInterrupt:
        typer.echo(f"\ninterrupted after {done} of {count} lanes; what is written can be read", err=True)
    else:
        if not quiet and count > PIECE and sys.stderr.isatty():
            typer.echo("", err=True)
    return done, outcomes, last


def _report(
    model: Model,
    done: int,
    count: int,
    outcomes: Mapping[str, int],
    took: float,
    names: Sequence[str],
    last: Mapping[str, float],
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    if as_json:
        finite = {k: (v if v == v and abs(v) != float("inf") else None) for k, v in last.items()}
        print_json(
            {
                "model_key": model.key, "lanes": count, "done": done, "outcomes": dict(outcomes),
                "seconds": round(took, 6), "warnings": [p.to_dict() for p in model.report.warnings],
                "last_of_first_lane": finite, "out": None if out is None else str(out),
            }
        )  # fmt: skip
        return
    if count == 1:
        for name in names:
            typer.echo(f"{name}  {last.get(name, float('nan')):.6g}")
    ends = ", ".join(f"{n} {name}" for name, n in outcomes.items())
    typer.echo(f"{done} of {count} lanes in {took:.2f} s ({ends})")
    if out is not None:
        typer.echo(f"wrote {out}")
