"""A cell has one structure: what a user names changes no untreated cell."""

from __future__ import annotations

import numpy as np
import pytest

from jakstat.biology import chosen_parts
from jakstat.biology.parts import drug_parts
from jakstat.experiment.control import beside_control
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.lanes import bench_for
from jakstat.experiment.run import simulate

pytestmark = pytest.mark.long

RTOL = 1e-6  # that of the solver


def count(**named: object) -> tuple[float, float]:
    """Untreated Huh7 cells after 72 h, and pSTAT3 then."""
    observe = ["cell_number", "pSTAT3", *named.pop("also", [])]  # type: ignore[misc]
    run = simulate("huh7", until="72h", points=2, observe=observe, **named)  # type: ignore[arg-type]
    return float(run["cell_number"].values[0, -1]), float(run["pSTAT3"].values[0, -1])


@pytest.fixture(scope="module")
def plain() -> tuple[float, float]:
    return count()


@pytest.mark.parametrize("readout", ["pERK", "pSTAT5A", "MYC", "net_growth_rate"])
def test_a_readout_that_is_named_changes_no_cell(readout: str, plain: tuple[float, float]) -> None:
    assert count(also=[readout]) == plain


@pytest.mark.long
@pytest.mark.parametrize("drug", ["ruxolitinib", "Stattic", "doxorubicin"])
def test_a_drug_that_is_named_and_not_given_changes_no_cell(drug: str, plain: tuple[float, float]) -> None:
    np.testing.assert_allclose(count(drugs=f"{drug}=0nM"), plain, rtol=RTOL)


@pytest.mark.parametrize(
    "drug",
    [
        "ruxolitinib=1uM",
        *(pytest.param(d, marks=pytest.mark.long) for d in ("Stattic=10uM", "doxorubicin=1uM")),
    ],
)
def test_the_control_beside_a_treated_cell_is_the_untreated_cell(
    drug: str, plain: tuple[float, float]
) -> None:
    run = simulate("huh7", drugs=drug, until="72h", points=2, observe=["cell_number", "pSTAT3"])
    control = [float(run[f"{name}_control"].values[0, -1]) for name in ("cell_number", "pSTAT3")]
    np.testing.assert_allclose(control, plain, rtol=RTOL)
    end = beside_control(run)["cell_number"]["end"]
    treated = float(run["cell_number"].values[0, -1])
    assert end["fold"][0] == pytest.approx(treated / plain[0], rel=1e-5)
    assert end["percent"][0] == pytest.approx(100 * treated / plain[0], rel=1e-5)


def test_the_parts_do_not_depend_on_what_is_named() -> None:
    """Drugs add their own parts and nothing else."""
    whole = set(chosen_parts(()))
    for more in ({}, {"stimuli": "IFNG=10ng/ml"}, {"observe": "pERK"}, {"perturb": "SOCS3=0"}):
        assert set(bench_for(make_protocol("hepg2", **more)).cell.assembly.parts) == whole  # type: ignore[arg-type]
    dosed = make_protocol("hepg2", drugs="ruxolitinib=1nM")
    assert set(bench_for(dosed).cell.assembly.parts) - whole <= set(drug_parts())
