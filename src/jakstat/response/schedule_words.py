"""What a comparison of schedules says in words, and what its reader must know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jakstat.response.schedule_set import schedule_constants

if TYPE_CHECKING:
    import xarray as xr

    from jakstat.pharmacology import Agent
    from jakstat.pharmacology.pk_library import PkModel

__all__ = ["schedule_notes", "schedule_sentences"]

_DRIFT = 1.0  # percent between the last two cycles that is worth a word
_EQUAL = 0.05  # percent: nothing is suppressed


def schedule_sentences(found: xr.Dataset) -> list[str]:
    """Sentences on the front, on schedules of one weekly dose, and on the deepest suppression.

    Examples
    --------
    >>> from jakstat.response.schedules import compare_schedules
    >>> two = ["20 mg PO BID", "40 mg PO QD"]
    >>> both = compare_schedules("hepg2", "ruxolitinib", two, days=14, suppress=10, parts="core")
    >>> schedule_sentences(both)[1][:68]
    "with the same weekly dose (280 mg), '20 mg PO BID' keeps pSTAT3 10 %"
    """
    a = found.attrs
    mean, share = found["suppression"].values, found["share_suppressed"].values
    ok = np.isfinite(mean)
    texts = [str(t) for t in found["schedule"].values]
    if not ok.any():
        return []
    front = [texts[k] for k in np.argsort(found["AUC_unbound"].values) if found["front"].values[k]]
    said = [f"on the front, by exposure: {', '.join(front)}"]
    said += _same_dose(found, texts, ok)
    if np.nanmax(share) == 0.0:
        best = int(np.nanargmax(found["deepest"].values))
        said.append(
            f"no schedule lowers {a['readout']} by {a['suppress']:g} %: the deepest is "
            f"{found['deepest'].values[best]:.3g} %, of '{texts[best]}'"
        )
    return said


def _same_dose(
    found: xr.Dataset, texts: list[str], ok: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
) -> list[str]:
    """Best and worst of each set of schedules with one weekly dose."""
    a = found.attrs
    weekly, mean, share = (found[n].values for n in ("weekly_dose", "suppression", "share_suppressed"))
    said = []
    for dose in dict.fromkeys(float(f"{w:.2e}") for w in weekly):
        group = [k for k in np.flatnonzero(ok) if float(f"{weekly[k]:.2e}") == dose]
        if len(group) < 2:
            continue
        order = sorted(group, key=lambda k: (round(float(share[k]), 1), float(mean[k])))
        low, high = order[0], order[-1]
        told = []
        for k in (high, low):
            never = found["shallowest"].values[k]
            time = f"for {share[k]:.3g} % of the time ({mean[k]:.3g} % on average)"
            least = f"{mean[k]:.3g} % lower on average, {max(never, 0.0):.2g} % at the least"
            told.append(
                f"'{texts[k]}' keeps {a['readout']} "
                + (f"{a['suppress']:g} % or more lower {time}" if share[high] > 0 else least)
            )
        said.append(f"with the same weekly dose ({dose:g} mg), {'; '.join(told)}")
    return said


def schedule_notes(found: xr.Dataset, drug: Agent, model: PkModel, *, usual: bool) -> list[str]:
    """What the comparison rests on and what it leaves out."""
    constants = schedule_constants()
    notes = []
    if usual:
        row = constants["IL6"]
        notes.append(f"no stimulus was given: IL6 at {row.value:g} {row.unit} ({row.grade})")
    notes.append(
        f"unbound drug of plasma (share {model.fraction_unbound:g}) acts as unbound drug of the medium "
        f"(share {drug.fraction_unbound_medium:g}); potencies are nominal ones of culture, and a drug that "
        "is bound or lost there acts at less in plasma than is shown"
    )
    assumed = [
        word
        for word, grade in (("potency", drug.grade), ("exposure", model.unbound_grade))
        if grade == "assumed"
    ]
    if assumed:
        notes.append(f"{drug.name}: {' and '.join(assumed)} ASSUMED")
    if model.kind in ("antibody", "fusion protein"):
        notes.append(
            "the total of ligand and soluble receptor in the medium is fixed; in the body both are made anew "
            "while the antibody holds what was there, so suppression by an antibody is an upper bound"
        )
    bare = found.attrs["unstimulated"]
    notes.append(
        f"{found.attrs['readout']} of untreated cells without the stimulus is {bare:.3g} % lower: what takes "
        "the ligand away can do no more"
    )
    drift = np.abs(found["drift"].values)
    moving = [str(t) for t, d in zip(found["schedule"].values, drift, strict=True) if d > _DRIFT]
    if moving:
        notes.append(
            f"not at steady state (the last two cycles differ by more than {_DRIFT:g} %): {', '.join(moving)}"
        )
    if np.nanmax(np.abs(found["suppression"].values), initial=0.0) < _EQUAL:
        notes.append(f"{drug.name} changes {found.attrs['readout']} in no schedule")
    return notes
