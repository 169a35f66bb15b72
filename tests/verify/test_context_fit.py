"""The fits of two kinds of cell: what the tool reads off, and the agreement of the shipped numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from scripts.fit_context.human import human_agreement, human_means, human_rows
from scripts.fit_context.human_page import human_page
from scripts.fit_context.measurements import READOUTS, half_dose, means
from scripts.fit_context.objective import agreement, free_rows
from scripts.fit_context.report import page
from scripts.fit_core.places import FITS

from jakstat.knowledge.parameter_table import Row
from shared_data import needs_shared


def test_a_half_dose_lies_between_doses_on_their_logarithm() -> None:
    # half of the way from 0.1 to 0.9 is 0.5: a fifth of the way from 0.4 (1 ng/ml) to 0.9 (10 ng/ml)
    assert half_dose(0.1, [0.2, 0.4, 0.9]) == pytest.approx(10**0.2)
    assert half_dose(0.0, [0.6, 0.8, 1.0]) == 0.1


@needs_shared
def test_the_noise_is_not_below_that_of_untreated_samples() -> None:
    # pSTAT1 at rest: twice 0.0076 and four times 0.0475
    least = math.sqrt((2 * 0.0076**2 + 4 * 0.0475**2) / 6)
    assert min(m.sd for m in means() if m.readout == "pSTAT1") == pytest.approx(least)
    assert [sum(m.readout == readout for m in means()) for readout in READOUTS] == [42, 42]


@needs_shared
@pytest.mark.long
def test_the_macrophage_agrees_with_its_single_ligands() -> None:
    found = agreement()
    assert all(chi2 <= 1.5 for chi2 in found.chi2.values())
    assert all(1 / 1.5 <= f.ratio <= 1.5 for f in found.features)
    assert len(found.features) == 11
    assert found.fold_without_SOCS3 >= 2
    assert (FITS / "macrophage.md").read_text(encoding="utf-8") == page()


@needs_shared
def test_a_single_experiment_has_the_noise_of_phosphorylated_stat3() -> None:
    # pooled over the treated means that have a spread
    told = (0.2414, 0.1423, 0.1259, 0.1458, 0.1984, 0.171, 0.0219, 0.0545, 0.0278, 0.0134)
    least = math.sqrt(sum(sd * sd for sd in told) / len(told))
    assert [m.sd for m in human_means() if m.readout == "SOCS3"] == pytest.approx([least] * 6)
    assert len(human_means()) == 43


@pytest.mark.long
@needs_shared
def test_the_human_hepatocyte_agrees_with_its_courses() -> None:
    found = human_agreement()
    assert found.whole <= 3.0
    assert all(chi2 <= 3.0 for chi2 in found.chi2.values())
    assert (FITS / "human_hepatocyte.md").read_text(encoding="utf-8") == human_page()


@pytest.mark.parametrize(("rows", "count"), [(free_rows, 13), (human_rows, 8)])
def test_what_is_fitted_lies_within_its_range(rows: Callable[[], tuple[Row, ...]], count: int) -> None:
    found = rows()
    assert len(found) == count
    assert all(row.low <= row.value <= row.high for row in found)
