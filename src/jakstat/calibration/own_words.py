"""What a fit of a user's own data says, in sentences."""

from __future__ import annotations

import math

from jakstat.calibration.own_bands import Telling
from jakstat.calibration.own_findings import FitFindings, FittedNumber
from jakstat.calibration.own_situations import LaidOut

__all__ = ["hours_in_words", "notes_of", "number_sentence", "telling_words"]

_GROUPED = (1e3, 1e9)


def hours_in_words(time: float) -> str:
    """A time as people say it.

    Examples
    --------
    >>> hours_in_words(0.5), hours_in_words(6.0)
    ('30 min', '6 h')
    """
    return f"{time * 60:.4g} min" if abs(time) < 4 else f"{time:.4g} h"


def _plain(value: float) -> str:
    """Three digits, thousands grouped."""
    if _GROUPED[0] <= abs(value) < _GROUPED[1]:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"


def _told(value: float, unit: str) -> str:
    return _plain(value) + ("" if unit == "dimensionless" else f" {unit}")


def number_sentence(found: FittedNumber, laid: LaidOut) -> str:
    """The verdict on a number, its interval, and what would tell more."""
    unit, row = found.row.unit, found.row
    said = f"{row.id}: {_told(found.value, unit)}"
    if found.verdict == "identified":
        said += f", identified, 95 % interval {_plain(found.low)} to {_told(found.high, unit)}"
    elif found.verdict == "one-sided":
        side = "above" if math.isfinite(found.low) else "below"
        said += f", one-sided: {side} {_told(found.low if side == 'above' else found.high, unit)}"
    elif found.verdict == "flat":
        said += ", flat: the data say nothing about it within its range"
    elif found.verdict == "failed":
        said += ", failed: the fit along its profile broke off"
    if found.verdict in ("identified", "one-sided"):
        where = "within" if found.model_within else "outside"
        said += f"; the model's {_plain(row.value)} lies {where}"
    if found.end:
        said += (
            f"; it stands at the {found.end} end of its range ({_plain(row.low)} to {_told(row.high, unit)})"
        )
    if found.verdict in ("one-sided", "flat"):
        said += f". {telling_words(found, laid)}"
    return said


def telling_words(found: FittedNumber, laid: LaidOut) -> str:
    """Which measurement would help."""
    helpful: Telling | None = found.helpful
    itself = f"only counting it ({found.row.unit}) would" if found.row.id.startswith("abundance_") else ""
    if helpful is None:
        return f"No readout of these parts under these treatments would tell it; {itself or 'fix it instead'}"
    how = "counted, not in arbitrary units," if helpful.absolute else "in arbitrary units"
    where = laid.words[helpful.situation]
    return (
        f"{helpful.readout} {how} at {hours_in_words(helpful.time_h)} under {where} would tell it best: "
        f"its predictions spread over {helpful.spread:.2g} sd of your noise"
    )


def notes_of(found: FitFindings) -> list[str]:
    """What the user should know besides the numbers."""
    prepared = found.fit.prepared
    notes = [*prepared.found.notes, *prepared.laid.notes]
    for one, other, r in found.together:
        what = "product" if r < 0 else "ratio"
        notes.append(
            f"{one} and {other} move together (correlation {r:.2f}): "
            f"the data tell their {what} better than each"
        )
    searches = found.fit.report.fit
    if searches.agreeing() < min(2, searches.wanted):
        notes.append("no second search ended where the best one did: give more --starts")
    own = [a for a in found.agreements if not a.held_out]
    for a in own:
        if a.chi2 / a.points > 2 and any(p.sd is not None for p in prepared.found.points):
            notes.append(
                f"{a.readout}: the curve misses its values by more than their sd tells; another cause?"
            )
    if any(a.held_out and math.isnan(a.chi2) for a in found.agreements):
        notes.append(
            "a readout that was kept out as a whole has no scale from the fit: its own values gave it one"
        )
    return list(dict.fromkeys(notes))
