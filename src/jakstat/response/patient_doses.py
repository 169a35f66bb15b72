"""The dose at which a drug is compared with others: what a patient could have, or a stated multiple."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from jakstat.errors import InputError
from jakstat.experiment.assay_numbers import assay_number
from jakstat.knowledge.parameter_table import Row
from jakstat.pharmacology import Agent
from jakstat.pharmacology.exposure import exposure
from jakstat.pharmacology.pk_library import pk_model
from jakstat.response.drug_doses import strongest_potency

__all__ = ["ComparedDose", "compared_dose", "unbound_peak"]


@dataclass(frozen=True, slots=True)
class ComparedDose:
    """A nominal concentration in the medium (nM), and why it is this one."""

    nanomolar: float
    why: str


@lru_cache(maxsize=128)
def unbound_peak(drug: str) -> tuple[float, str] | None:
    """Highest unbound concentration (nM) in plasma of a typical subject, and the regimen; None without PK.

    The regimen is the first that is recorded for the drug. Unbound drug is what acts (doi:10.1038/nrd3287).

    Examples
    --------
    >>> peak, regimen = unbound_peak("ruxolitinib")
    >>> regimen, 15 < peak < 60
    ('20 mg PO BID', True)
    """
    try:
        model = pk_model(drug)
    except InputError:
        return None
    regimen = str(model.regimens[0]["text"])
    found = exposure(drug, regimen, subjects=0)
    per = model.values()["nmol_per_mg"] * model.fraction_unbound
    return float(found["peak"].max()) * per, regimen


def compared_dose(drug: Agent, rows: Iterable[Row], multiple: float | None = None) -> ComparedDose | None:
    """The dose of a drug in a scan of targets.

    Parameters
    ----------
    drug : Agent
    rows : iterable of Row
        The numbers of the model, for the drug's potency.
    multiple : float, optional
        This multiple of the potency instead of what a patient could have.

    Returns
    -------
    ComparedDose or None
        None when neither exposure nor potency is known.

    Examples
    --------
    >>> from jakstat.pharmacology import agent
    >>> row = Row("Ki_Stattic", 22000.0, "nM", 1000.0, 60000.0, "fitted", "someone2001", "")
    >>> compared_dose(agent("Stattic"), [row])
    ComparedDose(nanomolar=100000.0, why='no exposure known: 10 x potency, at most 100,000 nM')
    """
    if multiple is None:
        peak = unbound_peak(drug.id)
        if peak is not None:
            shown = f"unbound peak of {peak[1]}"
            return ComparedDose(peak[0] / drug.fraction_unbound_medium, shown)
    centre = strongest_potency(drug, rows)
    if centre is None:
        return None
    if multiple is not None:
        highest = assay_number("highest_dose")
        return ComparedDose(min(centre * multiple, highest), f"{multiple:g} x potency")
    usual, most = assay_number("scan_multiple"), assay_number("scan_highest")
    cut = f", at most {most:,.0f} nM" if centre * usual > most else ""
    return ComparedDose(min(centre * usual, most), f"no exposure known: {usual:g} x potency{cut}")
