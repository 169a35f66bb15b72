"""``python -m scripts.example_trials run|page``: run the examples, keep what the page tells, write it."""

from __future__ import annotations

import argparse
import datetime
import json
import time
from pathlib import Path
from typing import Any

from jakstat.cli.trial_outputs import run_to_folder
from jakstat.identity import VERSION
from jakstat.trial.trial_file import read_trial
from jakstat.trial.trial_run import TrialWorkers
from scripts.example_trials.page import trials_page

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES, RESULTS, PAGE = ROOT / "examples/trials", ROOT / "docs/trials.json", ROOT / "docs/trials.md"
ORDER = (
    "sharp",
    "sorafenib_siltuximab",
    "il6_blockade_pdl1",
    "il6_checkpoint",
    "pstat3_enriched",
    "ruxolitinib_schedule",
    "hbv_hcv",
    "adjuvant_jak",
    "osteosarcoma_map",
)


def main(arguments: argparse.Namespace) -> None:
    """Run what is asked for, then write the page."""
    kept: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for name in arguments.only or (ORDER if arguments.command == "run" else ()):
        kept[name] = one_trial(name, arguments)
        ordered = {key: kept[key] for key in ORDER if key in kept}
        RESULTS.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(trials_page({key: kept[key] for key in ORDER if key in kept}), encoding="utf-8")


def one_trial(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Run an example, or go on with its run; what the page needs of its answer."""
    file = EXAMPLES / f"{name}.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    comment = " ".join(line.removeprefix("#").strip() for line in lines if line.startswith("#"))
    begun = time.process_time(), time.monotonic()
    document = run_to_folder(
        read_trial(file, patients=arguments.patients, size=arguments.size, seed=arguments.seed),
        str(arguments.folder / name),
        workers=TrialWorkers(arguments.workers),
        resume=True,
        vectors=arguments.vectors,
        quiet=False,
    )
    print(f"{name}: {time.monotonic() - begun[1]:.0f} s", flush=True)
    return {
        "asks": comment,
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "version": VERSION,
        "code": code_of(arguments.folder / name),
        "question": document["question"],
        "flow": document["flow"],
        "endpoints": {key: without_curves(found) for key, found in document["endpoints"].items()},
        "toxicity": document.get("toxicity"),
        "strata": {key: without_curves(found) for key, found in (document.get("strata") or {}).items()},
        "biomarkers": {key: first_visits(found) for key, found in (document.get("biomarkers") or {}).items()},
        "screened_out": document["population"].get("screened_out", 0),
    }


def code_of(folder: Path) -> str:
    """The first digits of what a run's manifest says of the code that decided its numbers."""
    found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return str(found["manifest"]["inputs"]["source"])[:8]


def without_curves(found: Any) -> Any:
    """The same without curves, which a page of tables does not show."""
    if isinstance(found, dict):
        left = ("curve", "cumulative_incidence")
        return {key: without_curves(value) for key, value in found.items() if key not in left}
    return [without_curves(value) for value in found] if isinstance(found, list) else found


def first_visits(found: dict[str, Any]) -> dict[str, Any]:
    """Of a biomarker, the first day and the visit after it."""
    arms = {
        arm: {"weeks": course["visit_weeks"][:2], "median": course["median"][:2]}
        for arm, course in found["arms"].items()
    }
    return {"unit": found["unit"], "arms": arms}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m scripts.example_trials")
    parser.add_argument("command", choices=("run", "page"))
    parser.add_argument("--only", nargs="*", choices=ORDER)
    parser.add_argument("--patients", type=int, default=1000)
    parser.add_argument("--size", type=int, help="patients of one trial, else as in the file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--vectors", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path("out/example-trials"))
    main(parser.parse_args())
