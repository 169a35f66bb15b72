"""The page ``docs/fits/core.md``, written from the result files beside it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jakstat.biology.draws import core_posterior
from scripts.fit_core.measurements import SPLIT_FILE
from scripts.fit_core.places import HERE, read_csv
from scripts.fit_core.start import SHARED

__all__ = ["page"]

SHIPPED, PUBLISHED, TARGETS, PROFILES = "shipped", "published", "targets", "profiles"
POSTERIOR, PARENTS = "posterior", "parents"
_POSTERIOR = """The cost of the fit is minus twice the log-density: points, backgrounds and walls as
likelihood, the pull as prior, the ranges as its support. Chains start around the shipped minimum and walk in
coordinates in which the prior is standard normal, so that the ends of the ranges refuse no step. Most moves
are many steps on a surrogate (every residual as a quadratic map), taken or refused by the fit itself.
`python -m scripts.fit_core posterior OUT` draws them again, in two rounds of at most 45 min on one core: the
second learns its surrogate from the chains of the first, whose draws are not kept. `--earlier CHECKPOINT ...`
goes on from runs that ended, whose chains then count too; the shipped chains were made so, with steps on the
surrogate of one length (120), of three (`--inner 8 30 120`) and with random-walk steps (`--walks 3`), so one
run of the command gives the same density and other bits. Every interval of a prediction takes its vectors
from here.

"""
_UNMIXED = """
The chains have not converged yet (R-hat above 1.05 or an effective size below 400): quantiles and ridges are
rough.
"""
_NUMBERS = """
Per number the median, the 5 and 95 % quantiles, the standard deviation of its logarithm over that of the
prior (near 1: the data say nothing), and how well the chains mixed, which also stands in
`biology/core_posterior_chains.csv`.

"""
_RIDGES = """
### Ridges

Pairs of numbers of which the data know little more than a product or a ratio: correlation of their
logarithms.

"""
_PARENTS = """## Beside the published parents

MODEL2503270001 (HepG2) and MODEL2307050001 (mouse), run by libRoadRunner with their own parameters, on the
points that both models have. Sum of squared residuals with one scale per series, and with one scale and one
background. A clear row is a treated and an untreated mean of one series, time and dose of IL-6 that differ by
more than two standard deviations of their difference; right: the model moves the way that was measured. The
parents were fitted to all of these points, the test part among them; ours was not. The genes are those of
mouse hepatocytes (docs/fits/genes.md), here with constant backgrounds for both models; what the culture does
by itself is ours alone (one to five numbers of a gene, from the part to fit).

"""
_PROFILES = """## Profiles

The least cost with one number held, walked to a rise of 1.92 (95 %); prior included, so a number that the
data do not touch is bounded by its prior. Times in hours. In all: {told}.

"""
_POOR = 2.0  # chi2 per point from which a column is named among the weaknesses

_HEAD = """# The fit of the core

Written by `python -m scripts.fit_core report` from the result files in this folder, which hold
parameters and figures of merit and no measured value. The tool reads the measurements beside the
checkout (`../shared/data`) and runs the core without its acute-phase genes on the product's own engine:
parameter vectors times conditions are lanes of one run.

## What was fitted

- Mouse hepatocytes: `sobotta2017`, experiments of the core calibration that the authors used.
- HepG2: `zeilfelder2025`, points of the authors' fit of the IL-6 core. Left out: total protein of the
  fractions (not in the model) and STAT3 per cell (an input of the context).
- Everything on log10. A relative series has one scale and one background of its own. The noise of a
  series of `sobotta2017` is the authors' published one. That of a column of HepG2 is the rms residual of
  the published model (MODEL2503270001), rounded. That of absolute values is assumed (`noise.csv`).
- While fitting, a background of 5 % of the curve's maximum costs {weight} in chi2 and qPCR has none; for
  the figures below both are free. Every number is pulled towards its start, the published
  or central value (a residual of {pull} at an end of its sourced range: the range is two standard
  deviations of a log-normal prior).
- Soft walls: published aggregated observations of role `fit` add to the cost near the end of their
  bracket; they were used, and so predict nothing. They are listed in `scripts/fit_core/walls.csv`.
  Three walls are no published observation: in HepG2 nuclear pSTAT3 still rises from 8 to 20 min, and
  the phosphorylated and the nuclear share stay near those of the published HepG2 model.
"""

_WEAK = """## Known weaknesses

{poor}- The noise of HepG2 is the published model's own misfit, so a chi2 per point near 1 there says `as
  good as the published model`, not `within the error of measurement`.
- All starts but `table` and `cold` share ancestors; they are not independent evidence of one minimum.
- A number at an end of its range is set by that range and not by these data.
- The test part is not wholly unseen: the aggregated observations of the walls and the noise of the series
  were derived by others from all experiments of the publication.
- Scale and background were fitted on the test part too, as no relative series can be compared without.
- A sample taken at time 0 counts as untreated rest, also in series with a drug given an hour before.
- Target genes are fitted after the core: [their page](genes.md).
"""

_SPLIT = """## The split

By experiment, 80 % to fit and 20 % to test, seed 20261120, in
`src/jakstat/knowledge/data/core_fit_split.csv`; `python -m scripts.fit_core split --check` makes it
again and compares.

"""

_STARTS = """## Starts

Cost is the sum of squares of every residual on the part to fit, with the present objective. The
starting table holds values translated from the published best fits; a cold start draws every number
from the inner 80 % of its range.

"""

_CHOICE = """## Which minimum is shipped

There are two, within 4 in cost of each other (`fast_phosphatase` is the other). The one shipped has the
higher cost by that much, the lower chi2 of the points alone and on the test part; the search from the table
and most cold ones end in it or near it. It has slow dephosphorylation of STAT3 in the cytoplasm and of the
receptor, near the published values, where the other stands at an end of a range. Predicted rows were seen
before the choice was made, and more of them agree with the minimum that is shipped.

The start of the affinity for SOCS3 was moved once, from each published value to the geometric mean of the
two, after HepG2 was seen to make 11,800 SOCS3 where 4,680 were counted: the counts of SOCS3 in HepG2 (CT09,
BR06, PR05, PR06, column `socs3_abs`) are no blind test of it. The range of the loss of gp130 was drawn
nearer to the half-lives that were published (2 to 3 h) after BR01 was seen to fail, and that of uptake was
narrowed after BR02: these two are no blind test either.
"""

_AGREEMENT = """## Agreement of the shipped parameters

On the test part nothing but scale and background is free. The last two columns are the published
HepG2 model, which its authors fitted to all of these points.

"""

_DIFFERENCES = """## Constants in which the cells differ

Beside abundances, volumes, areas, the share of gp130 at the surface, nuclear phosphatase activity
and the strength of the SOCS3 promoter, which belong to a context:

"""

_SHARING = """### What sharing all of them would cost

The same objective with one value of these constants for both cells; chi2 per point of all relative
points in the last four columns.

"""


def _results(folder: Path) -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _split_section() -> str:
    counts: dict[tuple[str, str], int] = {}
    for row in read_csv(SPLIT_FILE):
        key = row["data_set"], row["part"]
        counts[key] = counts.get(key, 0) + 1
    rows = [
        [data_set, str(counts[data_set, "fit"]), str(counts[data_set, "test"])]
        for data_set in dict.fromkeys(d for d, _ in counts)
    ]
    return _SPLIT + _table(("data set", "experiments to fit", "to test"), rows)


def _starts_section(fits: Mapping[str, Any]) -> str:
    rows = []
    for name, result in fits.items():
        start, parts = result["start"], result["cost_parts"]
        rows.append(
            [
                name,
                start["what"],
                "" if start["cost"] is None else f"{start['cost']:.0f}",
                f"{result['cost']:.1f}",
                *(f"{parts[kind]:.1f}" for kind in ("points", "background", "pull", "walls")),
            ]
        )
    head = ("fit", "start", "cost at start", "at end", "points", "background", "pull", "walls")
    return _STARTS + _table(head, rows)


def _chi2_cell(figures: Mapping[str, Any], part: str, data_set: str, column: str) -> list[str]:
    found = figures.get(part, {}).get(data_set, {}).get(column)
    return ["", ""] if found is None else [str(found[0]), f"{found[1]:.2f}"]


def _chi2_section(shipped: Mapping[str, Any], published: Mapping[str, Any]) -> str:
    figures, rows = shipped["chi2_per_point"], []
    for data_set in ("sobotta2017", "zeilfelder2025"):
        columns = {c for part in figures.values() for c in part.get(data_set, {})}
        for column in sorted(columns, key=lambda c: (c != "all relative", c)):
            rows.append(
                [
                    data_set,
                    column,
                    *_chi2_cell(figures, "fit", data_set, column),
                    *_chi2_cell(figures, "test", data_set, column),
                    _chi2_cell(published, "fit", data_set, column)[1],
                    _chi2_cell(published, "test", data_set, column)[1],
                ]
            )
    head = (
        "data set",
        "column",
        "n fit",
        "chi2/n fit",
        "n test",
        "chi2/n test",
        "published fit",
        "published test",
    )
    return _AGREEMENT + _table(head, rows)


def _weak_section(shipped: Mapping[str, Any]) -> str:
    poor = [
        f"`{column}` of {data_set} ({part}, {found[0]} points: {found[1]:.1f})"
        for part, sets in shipped["chi2_per_point"].items()
        for data_set, columns in sets.items()
        for column, found in columns.items()
        if found[1] > _POOR
    ]
    lines = f"- More than {_POOR:g} in chi2 per point:\n  " + ",\n  ".join(poor) + ".\n" if poor else ""
    return _WEAK.format(poor=lines)


def _ends_section(shipped: Mapping[str, Any]) -> str:
    rows = [
        [f"`{key.split('|')[1]}`", "all" if key.startswith(SHARED) else key.split("|")[0], end]
        for key, end in shipped["at_bound"].items()
    ]
    text = _table(("number", "context", "end"), rows) if rows else "None.\n"
    return "## Shipped numbers at an end of their range\n\nWithin 2 %.\n\n" + text


def _differences_section(shipped: Mapping[str, Any]) -> str:
    rows = []
    table = read_csv(HERE / "start.csv")
    common = {r["id"] for r in table if r["context"] == SHARED}
    for row in table:
        if row["context"] != SHARED and row["id"] in common:
            shared, own = (shipped["parameters"][f"{c}|{row['id']}"] for c in (SHARED, row["context"]))
            hepg2, mouse = (own, shared) if row["context"] == "hepg2" else (shared, own)
            rows.append([f"`{row['id']}`", f"{hepg2:.4g}", f"{mouse:.4g}", row["unit"], row["note"]])
    return _DIFFERENCES + _table(("constant", "HepG2", "mouse", "unit", "why"), rows)


def _sharing_section(fits: Mapping[str, Any]) -> str:
    shared = {name: r for name, r in fits.items() if r["shared_in_every_context"]}
    if not shared:
        return ""
    rows = []
    for name, result in {SHIPPED: fits[SHIPPED], **shared}.items():
        figures, parts = result["chi2_per_point"], result["cost_parts"]
        cells = [
            f"{figures[part][data_set]['all relative'][1]:.2f}"
            for data_set in ("sobotta2017", "zeilfelder2025")
            for part in ("fit", "test")
        ]
        rows.append([name, f"{parts['points'] + parts['background']:.0f}", f"{parts['walls']:.0f}", *cells])
    head = ("fit", "points + background", "walls", "mouse fit", "mouse test", "HepG2 fit", "HepG2 test")
    return _SHARING + _table(head, rows)


def _posterior_section(chains: Mapping[str, Any]) -> str:
    ensemble = core_posterior()
    made = ensemble.manifest["inputs"]
    rows = [[key.replace("_", " "), str(made[key])] for key in sorted(made) if key != "ranges_key"]
    text = f"`biology/core_posterior.npz` holds {len(ensemble)} vectors of {len(ensemble.names)} numbers.\n\n"
    return (
        "## The posterior\n\n"
        + _POSTERIOR
        + text
        + _table(("figure", "value"), rows)
        + _chains_section(chains)
    )


def _chains_section(chains: Mapping[str, Any]) -> str:
    if not chains:
        return ""
    rows = [
        [f"`{key}`", *(f"{found[k]:.3g}" for k in ("median", "low", "high", "width")),
         f"{found['r_hat']:.3f}", f"{found['effective_size']:.0f}"]
        for key, found in chains["numbers"].items()
    ]  # fmt: skip
    head = ("number", "median", "5 %", "95 %", "width over prior", "R-hat", "effective size")
    ridges = [[f"`{pair.replace(' and ', '` and `')}`", f"{r:.2f}"] for pair, r in chains["ridges"].items()]
    named = _RIDGES + (_table(("pair", "correlation"), ridges) if ridges else "None above 0.8.\n")
    mixed = all(f["r_hat"] <= 1.05 and f["effective_size"] >= 400 for f in chains["numbers"].values())
    return ("" if mixed else _UNMIXED) + _NUMBERS + _table(head, rows) + named


def _parents_section(parts: Mapping[str, Any]) -> str:
    if not parts:
        return ""
    rows = []
    for part, contexts in parts.items():
        for context, of in contexts.items():
            for name in ("ours", "parent"):
                f = of[name]
                clear = f"{f['direction_right']} of {f['clear_rows']}" if f["clear_rows"] else ""
                sums = (f"{f[key]:.0f}" for key in ("scale", "scale_and_background"))
                rows.append([part, context, name, str(of["points"]), *sums, clear])
        for name in ("ours", "parent"):
            sums = (
                f"{sum(of[name][key] for of in contexts.values()):.0f}"
                for key in ("scale", "scale_and_background")
            )
            rows.append([part, "all", name, str(sum(of["points"] for of in contexts.values())), *sums, ""])
    head = (
        "part",
        "cell or genes",
        "model",
        "points",
        "scale only",
        "scale and background",
        "direction right",
    )
    return _PARENTS + _table(head, rows)


def _profiles_section(walked: Mapping[str, Any]) -> str:
    if not walked:
        return ""
    count = Counter(str(found["verdict"]) for found in walked.values())
    told = ", ".join(f"{n} {verdict}" for verdict, n in count.most_common())
    rows = [[f"`{key}`", found["sentence"].partition(": ")[2]] for key, found in walked.items()]
    return _PROFILES.format(told=told) + _table(("number", "verdict"), rows)


def page(folder: Path) -> str:
    """The page's text, from the result files in ``folder`` (``shipped.json`` must be among them)."""
    results = _results(folder)
    published, _ = results.pop(PUBLISHED, {}), results.pop(TARGETS, {})
    walked, chains, parents = (results.pop(key, {}) for key in (PROFILES, POSTERIOR, PARENTS))
    fits = {SHIPPED: results.pop(SHIPPED)} | {k: r for k, r in results.items() if "cost_parts" in r}
    shipped = fits[SHIPPED]
    settings = shipped["settings"]
    sections = [
        _HEAD.format(weight=settings["background_weight"], pull=settings["pull"]),
        _split_section(),
        _starts_section(fits),
        _CHOICE,
        _chi2_section(shipped, published),
        _ends_section(shipped),
        _differences_section(shipped),
        _sharing_section(fits),
        _parents_section(parents),
        _posterior_section(chains),
        _profiles_section(walked),
        _weak_section(shipped),
    ]
    return "\n".join(section for section in sections if section)
