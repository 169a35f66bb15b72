"""``python -m scripts.fit_core``: split, fit, evaluate, profiles, posterior, targets, write, report ..."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path

import numpy as np

from scripts.fit_core.gene_page import course_record, gene_page, gene_record, scales, structure_record
from scripts.fit_core.gene_points import GENE_SPLIT, gene_measurements
from scripts.fit_core.measurements import CONTEXTS, SPLIT_FILE, measurements
from scripts.fit_core.objective import problem
from scripts.fit_core.optimise import cost_at, fit
from scripts.fit_core.parents import compared, compared_genes
from scripts.fit_core.places import FITS
from scripts.fit_core.published import published_chi2
from scripts.fit_core.report import page
from scripts.fit_core.results import PARTS, Start, judged_values, record, shipped_values, write_record
from scripts.fit_core.split import split_table
from scripts.fit_core.start import free, read_values, start_vector
from scripts.fit_core.targets import fit_targets
from scripts.fit_core.write_tables import write_tables


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.fit_core", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    split = commands.add_parser("split", help="print the split that the seed gives")
    split.add_argument("--check", action="store_true", help="exit with 1 unless it is the committed one")
    split.add_argument("--genes", action="store_true", help="that of the target genes")
    search = commands.add_parser("fit", help="fit and write a result file")
    search.add_argument("out", type=Path)
    search.add_argument("--start", default="table", help="table, cold:SEED or a JSON file of values")
    search.add_argument("--resume", action="store_true", help="go on from the checkpoint beside OUT")
    search.add_argument("--evaluations", type=int, default=50)
    judge = commands.add_parser("evaluate", help="cost and chi2 of values, or of the shipped tables")
    judge.add_argument("values", type=Path, nargs="?", help="JSON file; none: the product's tables")
    judge.add_argument("--out", type=Path, help="write a result file")
    judge.add_argument("--started", help="in words, where that fit began")
    judge.add_argument("--start", help="as of fit; its cost goes into the result file")
    for command in (search, judge):
        command.add_argument("--share", default="", help="ids, by comma, that no context has of its own")
    profiles = commands.add_parser("profiles", help="profile likelihoods into docs/fits/profiles.json")
    profiles.add_argument("--names", default="", help="context|id by comma; all when not given")
    posterior = commands.add_parser("posterior", help="sample around the shipped minimum")
    posterior.add_argument("out", type=Path, help="ensemble file")
    posterior.add_argument(
        "--earlier", type=Path, nargs="*", default=[],
        help="checkpoints of runs to go on from, in their order; their chains count too",
    )  # fmt: skip
    posterior.add_argument(
        "--inner", type=int, nargs="+", default=[120], help="steps on the surrogate, each taken equally often"
    )
    posterior.add_argument("--walks", type=int, default=0, help="random-walk steps after each transition")
    posterior.add_argument("--stopped", action="store_true", help="write what the checkpoint beside OUT has")
    posterior.add_argument("--vectors", type=int, default=1000)
    posterior.add_argument(
        "--sweeps", type=int, default=1500, help="transitions of each chain at most, a round"
    )
    posterior.add_argument("--minutes", type=float, default=45.0, help="of transitions at most, a round")
    posterior.add_argument("--rounds", type=int, default=2, help="each learns from the chains of the last")
    posterior.add_argument("--seed", type=int, default=20261129)
    targets = commands.add_parser("targets", help="fit the target genes on top of the core as it is")
    targets.add_argument("--write", action="store_true", help="into the product's tables and targets.json")
    targets.add_argument(
        "--compare", action="store_true", help="with --write: try the other structures and courses too"
    )
    write = commands.add_parser("write", help="write a result's values into the product's tables")
    write.add_argument("values", type=Path)
    commands.add_parser(
        "published", help="judge the published models into docs/fits/published.json and parents.json"
    )
    commands.add_parser("report", help="write docs/fits/*.md from docs/fits/*.json")
    return parser


def _split(arguments: argparse.Namespace) -> int:
    if arguments.genes:
        divided = (p for p in gene_measurements() if p.context != "human_hepatocyte")
        text, kept = split_table(divided, "gene-fit-split"), GENE_SPLIT
    else:
        text, kept = split_table(measurements()), SPLIT_FILE
    print(text, end="")
    return int(arguments.check and text != kept.read_text(encoding="utf-8"))


def _shared(arguments: argparse.Namespace) -> tuple[str, ...]:
    return tuple(name for name in arguments.share.split(",") if name)


def _fit(arguments: argparse.Namespace) -> int:
    shared = _shared(arguments)
    chosen = free(shared)
    checkpoint = arguments.out.with_suffix(".checkpoint")
    start = str(checkpoint) if arguments.resume else arguments.start
    found = fit(
        chosen,
        start_vector(chosen, start),
        evaluations=arguments.evaluations,
        checkpoint=checkpoint,
    )
    began = Start(Path(arguments.start).name, found.start.total)
    content = record(
        arguments.out.stem,
        chosen,
        found.x,
        start=began,
        shared=shared,
        evaluations=found.evaluations,
        stopped=found.message,
    )
    write_record(content, arguments.out)
    print(f"cost {found.start.total:.3f} -> {found.end.total:.3f}")
    return 0


def _evaluate(arguments: argparse.Namespace) -> int:
    shared = _shared(arguments)
    chosen = free(shared)
    if arguments.values is None:
        known = shipped_values(chosen)
        figures = judged_values({c: {} for c in CONTEXTS})
    else:
        known, figures = read_values(arguments.values), None
    x = start_vector(chosen, "table")
    for i, (key, (_, identifier)) in enumerate(zip(chosen.keys, chosen.names, strict=True)):
        value = known.get(key, known.get(f"*|{identifier}"))
        if value is None:
            print(f"{arguments.values}: no value of {key}", file=sys.stderr)
            return 2
        x[i] = math.log(value)
    cost = None if arguments.start is None else cost_at(chosen, start_vector(chosen, arguments.start)).total
    name = "shipped" if arguments.out is None else arguments.out.stem
    content = record(name, chosen, x, start=Start(Path(arguments.started or "").name, cost), shared=shared)
    content["chi2_per_point"] = figures or content["chi2_per_point"]
    print(f"cost {content['cost']:.6f}", content["cost_parts"])
    for part, sets in content["chi2_per_point"].items():
        for data_set, columns in sets.items():
            for column, (n, chi2) in columns.items():
                print(f"{part:5}{data_set:16}{column:20}{n:6}{chi2:9.3f}")
    if arguments.out is not None:
        write_record(content, arguments.out)
    return 0


def _profiles(arguments: argparse.Namespace) -> int:
    from scripts.fit_core.profiles import core_profiles, profile_record

    chosen = free()
    known = shipped_values(chosen)
    names = [n for n in arguments.names.split(",") if n] or list(chosen.keys)
    best = np.log([known[key] for key in chosen.keys])
    found = core_profiles(chosen, best, names, progress=lambda p: print(p.sentence, flush=True))
    write_record(profile_record(found), FITS / "profiles.json")
    return 0


def _posterior(arguments: argparse.Namespace) -> int:
    from scripts.fit_core.posterior import Moves, draw_posterior, posterior_sample
    from scripts.fit_core.posterior_files import posterior_record, write_posterior

    chosen = free()
    known = shipped_values(chosen)
    centre = np.log([known[key] for key in chosen.keys])

    checkpoint = arguments.out.with_suffix(".checkpoint.npz")
    for number in range(0 if arguments.stopped else arguments.rounds):
        draw_posterior(
            chosen, centre, sweeps=arguments.sweeps, minutes=arguments.minutes, seed=arguments.seed + number,
            said=lambda text: print(text, flush=True), checkpoint=checkpoint,
            earlier=[checkpoint] if number else arguments.earlier,
            moves=Moves(tuple(arguments.inner), arguments.walks),
        )  # fmt: skip
    found = posterior_sample(
        chosen, [*arguments.earlier, checkpoint], vectors=arguments.vectors, seed=arguments.seed
    )
    write_posterior(found, chosen, arguments.out, seed=arguments.seed)
    write_record(posterior_record(found, chosen), FITS / "posterior.json")
    print(f"R-hat {found.r_hat.max():.3f}, effective size {found.effective.min():.0f}")
    return 0


def _targets(arguments: argparse.Namespace) -> int:
    fits = fit_targets()
    figures = gene_record(fits)
    for gene, found in fits.items():
        print(gene, figures[gene]["cells"], {k: float(f"{v:.4g}") for k, v in found.values.items()})
    if arguments.write:
        values = {key: value for found in fits.values() for key, value in found.values.items()}
        write_tables(values)
        known = json.loads((FITS / "targets.json").read_text(encoding="utf-8"))
        structures = structure_record() if arguments.compare else known["structures"]
        courses = course_record() if arguments.compare else known["courses"]
        content = {"scales": scales(), "genes": figures, "courses": courses, "structures": structures}
        write_record(content, FITS / "targets.json")
    return 0


def main() -> int:
    """Run one command; the exit status."""
    arguments = _parser().parse_args()
    if arguments.command == "split":
        return _split(arguments)
    if arguments.command == "fit":
        return _fit(arguments)
    if arguments.command == "evaluate":
        return _evaluate(arguments)
    if arguments.command == "profiles":
        return _profiles(arguments)
    if arguments.command == "posterior":
        return _posterior(arguments)
    if arguments.command == "targets":
        return _targets(arguments)
    if arguments.command == "write":
        write_tables(read_values(arguments.values))
    elif arguments.command == "published":
        figures = {part: {"zeilfelder2025": published_chi2(problem(part))} for part in PARTS}
        write_record(figures, FITS / "published.json")
        parents = {part: {**compared(part), "mouse genes": compared_genes(part)} for part in PARTS}
        write_record(parents, FITS / "parents.json")
    else:
        (FITS / "core.md").write_text(page(FITS), encoding="utf-8")
        genes = json.loads((FITS / "targets.json").read_text(encoding="utf-8"))
        (FITS / "genes.md").write_text(gene_page(genes), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
