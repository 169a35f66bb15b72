"""A whole fit in a folder: searches, profiles, samples, each piece written as it is done."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from jakstat.calibration.ensemble_file import write_ensemble
from jakstat.calibration.multistart import Fit, fit, fit_manifest
from jakstat.calibration.objective import Evaluation, Objective
from jakstat.calibration.optimise import Search
from jakstat.calibration.petab_write import write_petab
from jakstat.calibration.profile import RISE, Helpful, Profile, profile
from jakstat.calibration.sample import Sample, check_sample, sample
from jakstat.calibration.starts import latin_starts
from jakstat.chunks import Chunks
from jakstat.errors import problem as fault
from jakstat.store import Manifest, json_ready, locked, manifest

__all__ = ["FitOptions", "FitReport", "check_folder", "run_fit"]

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class FitOptions:
    """What is asked of a fit.

    Parameters
    ----------
    starts, seed : int
    profiles : bool
        Whether to profile every parameter of the best fit.
    vectors : int
        Posterior vectors to sample; 0 for none.
    sweeps : int
        Moves of every walker.
    limits : Search
        When a search ends.
    rise : float
        How much the cost rises at the ends of an interval.
    """

    starts: int = 50
    seed: int = 1
    profiles: bool = False
    vectors: int = 0
    sweeps: int = 4_000
    limits: Search = field(default_factory=Search)
    rise: float = RISE


@dataclass(frozen=True)
class FitReport:
    """What a fit gave, and the files it wrote.

    Parameters
    ----------
    fit : Fit
    found : Evaluation or None
        The best vector evaluated; None when no search ended well.
    profiles : tuple of Profile
    sample : Sample or None
    manifest : Manifest
    folder : Path
    petab : Path or None
        The problem with the fitted values.
    ensemble : Path or None
    interrupted : bool
    """

    fit: Fit
    found: Evaluation | None
    profiles: tuple[Profile, ...]
    sample: Sample | None
    manifest: Manifest
    folder: Path
    petab: Path | None
    ensemble: Path | None
    interrupted: bool


def check_folder(folder: Path, *, resume: bool) -> None:
    """Refuse a folder that holds a fit, unless it shall be gone on with.

    Raises
    ------
    InputError
        ``file.exists``, ``file.missing``, ``file.folder``.
    """
    if not folder.absolute().parent.is_dir():
        raise fault("file.folder", f"there is no folder '{folder.parent}'", field="--out")
    if folder.exists() and not folder.is_dir():
        raise fault("file.exists", f"'{folder.name}' is a file", field="--out")
    begun = (folder / "starts" / "manifest.json").exists()
    if begun and not resume:
        hint = "add --resume to go on with it, or give another folder"
        raise fault("file.exists", f"'{folder.name}' holds a fit", field="--out", hint=hint)
    if resume and not folder.is_dir():  # one that is empty was stopped before its first file
        raise fault("file.missing", f"there is no fit in '{folder.name}' to go on with", field="--resume")


def run_fit(
    objective: Objective, folder: Path, options: FitOptions, *, tell: Tell | None = None
) -> FitReport:
    """Fit, and write everything into a folder; a folder with the same fit is gone on with.

    Parameters
    ----------
    objective : Objective
    folder : Path
    options : FitOptions
    tell : callable, optional
        Told what is done, how much of it, and of how much.

    Returns
    -------
    FitReport
        After ``KeyboardInterrupt`` too, with ``interrupted`` set.

    Raises
    ------
    InputError
        ``fit.nothing``; ``store.other`` when the folder holds another fit, ``file.busy`` when another run
        fills it; those of
        :func:`~jakstat.calibration.multistart.fit` and :func:`~jakstat.calibration.sample.sample`.
    """
    say = tell or (lambda _what, _done, _all: None)
    # everything that can be refused is refused before a file is written
    if not objective.names:
        hint = "set estimate for a parameter, or give --starts 0"
        raise fault("fit.nothing", "no parameter is estimated", field="--starts", hint=hint)
    latin_starts(objective.problem, starts=options.starts, seed=options.seed)
    if options.vectors:
        check_sample(len(objective.names), vectors=options.vectors, sweeps=options.sweeps)
    made = fit_manifest(objective, starts=options.starts, seed=options.seed, limits=options.limits)
    with locked(folder):
        folder.mkdir(exist_ok=True)
        return _run(objective, folder, options, made, say)


def _run(objective: Objective, folder: Path, options: FitOptions, made: Manifest, say: Tell) -> FitReport:
    """Searches, then what is asked of the best of them."""
    ended = fit(
        objective, starts=options.starts, seed=options.seed, limits=options.limits, folder=folder / "starts",
        progress=lambda done, best: say(f"searches, best {best:.6g}", done, options.starts),
    )  # fmt: skip
    if ended.best is None:
        return FitReport(ended, None, (), None, made, folder, None, None, ended.interrupted)
    best = ended.best.found.x
    found = objective.evaluate(best)
    petab = _written(objective, best, found, folder)
    drawn: tuple[Profile, ...] = ()
    vectors: Sample | None = None
    ensemble: Path | None = None
    interrupted = ended.interrupted
    try:
        if options.profiles and not interrupted:
            for one in _profiles(objective, best, made, folder / "profiles", say, options.rise):
                drawn = (*drawn, one)
        if options.vectors and not interrupted:
            vectors, ensemble = _sampled(objective, best, made, folder, options, say)
    except KeyboardInterrupt:
        interrupted = True
    return FitReport(ended, found, drawn, vectors, made, folder, petab, ensemble, interrupted)


def _written(objective: Objective, best: np.ndarray, found: Evaluation, folder: Path) -> Path | None:
    problem = objective.problem
    if problem.model_file is None:
        return None
    values = dict(zip(problem.names, map(float, problem.values(best)), strict=True))
    values.update((p.id, float(v)) for p, v in zip(problem.inner, found.inner[0], strict=True))
    return write_petab(problem, folder / "petab", values=values, replace=True)


def _profiles(
    objective: Objective, best: np.ndarray, made: Manifest, folder: Path, say: Tell, rise: float
) -> list[Profile]:
    names = objective.names
    inputs: dict[str, object] = {"fit": made.key, "best": [float(v) for v in best]}
    inputs |= {"rise": rise} if rise != RISE else {}
    chunks = Chunks.open(folder, manifest("profiles", inputs), count=len(names))
    missing = set(chunks.missing())
    found = []
    for k, name in enumerate(names):
        say("profiles", k, len(names))
        if k in missing:
            chunks.write(k, _packed(profile(objective, best, name, rise=rise)))
        found.append(_unpacked(chunks.read(k)))
    say("profiles", len(names), len(names))
    return found


def _sampled(
    objective: Objective, best: np.ndarray, made: Manifest, folder: Path, options: FitOptions, say: Tell
) -> tuple[Sample, Path]:
    inputs = {"fit": made.key, "best": [float(v) for v in best], "vectors": options.vectors,
              "sweeps": options.sweeps, "seed": options.seed}  # fmt: skip
    found = sample(
        objective, best, (objective.low, objective.high), vectors=options.vectors, seed=options.seed,
        sweeps=options.sweeps, progress=lambda done: say("sweeps of the walkers", done, options.sweeps),
    )  # fmt: skip
    scales = tuple(p.scale for p in objective.problem.outer)
    source = manifest("ensemble", inputs, sources=objective.problem.sources)
    return found, write_ensemble(found, scales, source, folder / "ensemble.npz", replace=True)


def _packed(p: Profile) -> bytes:
    table = {
        "name": p.name, "value": [float(v) for v in p.value],
        "cost": json_ready(p.cost),
        "vectors": [[float(v) for v in row] for row in p.vectors], "best": p.best,
        "interval": json_ready(p.interval), "verdict": p.verdict,
        "sentence": p.sentence,
        "helpful": None if p.helpful is None else [
            p.helpful.observable, p.helpful.experiment,
            json_ready(p.helpful.time), p.helpful.spread,
        ],
    }  # fmt: skip
    return json.dumps(table, allow_nan=False).encode("ascii")


def _unpacked(data: bytes) -> Profile:
    t = json.loads(data)
    low, high = t["interval"]
    interval = (-math.inf if low is None else low, math.inf if high is None else high)
    h = t["helpful"]
    helpful = None if h is None else Helpful(h[0], h[1], math.inf if h[2] is None else h[2], h[3])
    return Profile(
        t["name"], np.array(t["value"]), np.array([math.nan if c is None else c for c in t["cost"]]),
        np.array(t["vectors"]), t["best"], interval,
        t["verdict"], t["sentence"], helpful,
    )  # fmt: skip
