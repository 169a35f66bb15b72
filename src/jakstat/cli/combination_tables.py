"""A combination and a screen as tables on the terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from jakstat.cli.tables import number, plain_table, print_table
from jakstat.combination.verdicts import MODELS
from jakstat.store import attribute

if TYPE_CHECKING:
    import xarray as xr
    from rich.console import Console

__all__ = ["show_combination", "show_screen"]

_SHOWN_PAIRS = 40
_SHOWN_KEYS = 4
_SHOWN_READOUTS = 5


def _cell(value: float, digits: int = 3) -> str:
    return number(value, digits=digits) if math.isfinite(value) else "-"


def _signed(value: float) -> str:
    return f"{value:+.2f}" if math.isfinite(value) else "-"


def show_combination(console: Console, found: xr.Dataset) -> None:
    """Print the effect's meaning, the models side by side, MuSyC, where they differ, and the carriers."""
    a = found.attrs
    banded = attribute(a, "interval") is not None
    first, second = attribute(a, "drugs")
    title = f"{a['title']}: {first['label']} with {second['label']}"
    heads = ("verdict", "mean", "largest", *(["5 to 95 %"] if banded else []), "least", "index")
    table = plain_table(title, "excess over", *heads)
    for name, words in MODELS.items():
        v = attribute(a, "verdicts")[name]
        cells = [v["word"], _signed(v["mean"]), _signed(v["largest"])]
        if banded:
            cells.append(f"{_signed(v['largest_low'])} to {_signed(v['largest_high'])}")
        table.add_row(words, *cells, _signed(v["least"]), _index(found) if name == "loewe" else "")
    print_table(console, table)
    console.print(a["effect"])
    _show_singles(console, a)
    for name in MODELS:
        console.print(attribute(a, "verdicts")[name]["sentence"])
    for sentence in (*attribute(a, "musyc")["sentences"], *a["disagreements"]):
        console.print(sentence)
    _show_carriers(console, a)
    for note in a["notes"]:
        console.print(f"note: {note}")
    interval = attribute(a, "interval")
    lost = "" if interval is None else f", {interval['failed']} failed over {interval['vectors']} vectors"
    console.print(f"{a['simulations']} simulations, {a['failed']} failed with the table's values{lost}")


def _index(found: xr.Dataset) -> str:
    """Range of the combination index."""
    import numpy as np

    values = found["loewe_index"].values
    known = values[np.isfinite(values)]
    return f"CI {known.min():.2g} to {known.max():.2g}" if known.size else "-"


def _show_singles(console: Console, a: dict[str, Any]) -> None:
    for drug, curve in zip(attribute(a, "drugs"), attribute(a, "curves"), strict=True):
        if not abs(curve["plateau"]) >= 0.01:
            console.print(f"{drug['label']} alone: no effect on {a['readout']}")
            continue
        if not math.isfinite(curve["half"]):
            console.print(f"{drug['label']} alone: no plateau is seen, so no dose of half its effect is told")
            continue
        band = ""
        if "half_low" in curve:
            band = f" ({_cell(curve['half_low'])} to {_cell(curve['half_high'])} over the vectors)"
        console.print(
            f"{drug['label']} alone: half of its effect at {_cell(curve['half'])} {drug['unit']}{band}, "
            f"plateau {curve['plateau']:.2f}, slope {curve['slope']:.2g}; acts on {drug['target']}"
        )


def _show_carriers(console: Console, a: dict[str, Any]) -> None:
    carried = attribute(a, "carriers")
    if not carried or not carried["reactions"]:
        return
    place = " + ".join(
        f"{d['label']} {_cell(x)} {d['unit']}"
        for d, x in zip(attribute(a, "drugs"), carried["at"], strict=True)
    )
    own = _signed(carried["readout_interaction"])
    title = f"upstream of {a['readout']}, by interaction at {place} (its own: {own})"
    table = plain_table(
        title, "reaction or readout", "interaction", "alone, a", "alone, b", "both", "records"
    )
    for kind, count in (("reactions", len(carried["reactions"])), ("readouts", _SHOWN_READOUTS)):
        for row in carried[kind][:count]:
            flux = row["flux"]
            shares = (f"{flux[k] / flux['none']:.2f}" for k in ("a", "b", "both"))
            keys = row["evidence"]
            more = f" +{len(keys) - _SHOWN_KEYS}" if len(keys) > _SHOWN_KEYS else ""
            records = " ".join(keys[:_SHOWN_KEYS]) + more if kind == "reactions" else "(readout)"
            table.add_row(row["id"], _signed(row["interaction"]), *shares, records)
    print_table(console, table)


def show_screen(console: Console, found: xr.Dataset) -> None:
    """Print the pairs, the largest Bliss excess first."""
    import numpy as np

    a = found.attrs
    labels = {d["name"]: d["label"] for d in attribute(a, "drugs")}
    heads = (
        "with",
        "Bliss most",
        "least",
        "HSA most",
        "Loewe most",
        "ZIP most",
        "Bliss says",
        "Loewe says",
        "at",
    )
    table = plain_table(f"{a['title']}: pairs of drugs, excess over each model", "drug", *heads)
    lead = np.abs(found["bliss_most"].values)
    order = np.argsort(-np.where(np.isfinite(lead), lead, -1.0), kind="stable")
    for k in order[:_SHOWN_PAIRS]:
        row = {str(n): found[n].values[k] for n in (*found.data_vars, *found.coords)}
        excess = [
            _signed(float(row[n]))
            for n in ("bliss_most", "bliss_least", "hsa_most", "loewe_most", "zip_most")
        ]
        at = " + ".join(f"{_cell(float(row[f'dose_{e}']))} {row[f'unit_{e}']}" for e in "ab")
        both = (labels[str(row["drug_a"])], labels[str(row["drug_b"])])
        table.add_row(both[0], both[1], *excess, str(row["word"]), str(row["word_loewe"]), at)
    print_table(console, table)
    if len(order) > _SHOWN_PAIRS:
        console.print(f"{len(order) - _SHOWN_PAIRS} more pairs; --json has all")
    console.print(a["effect"])
    for note in a["notes"]:
        console.print(f"note: {note}")
    if not attribute(a, "complete"):
        console.print("interrupted: pairs without numbers were not reached; with --out, go on with --resume")
    console.print(f"{a['simulations']} simulations, {a['failed']} failed")
