"""From a protocol to the lineage: the cell's signals, and the plan of an assay."""

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.run import run_protocol
from jakstat.initiation.assay_run import AssayPlan, founder_assay
from jakstat.initiation.signals import cell_signals

CELL = {"stimuli": "IL6=1ng/ml", "parts": "core,auto"}


def test_signals_are_means_over_the_resting_cell():
    """The same outputs read from a plain run without renewal, by the trapezoid rule."""
    from dataclasses import replace

    from jakstat.experiment.protocol import Sampling

    names = ("stemness_score", "proliferation_rate", "apoptosis_rate")
    p = make_protocol("hepg2", **CELL)
    said = cell_signals(p, renew="never")
    plain = run_protocol(replace(p, until=240.0, observe=names, sampling=Sampling(481)))
    time = plain["time"].values
    values = [plain[n].values[0] for n in names]
    means = [np.trapezoid(v, time) / 240.0 / v[0] for v in values]
    [signal] = said.arms.values()
    assert (signal.stemness, signal.division, signal.apoptosis) == pytest.approx(means, rel=1e-3)
    assert said.division == pytest.approx(plain["proliferation_rate"].values[0, 0], rel=1e-6)


def test_no_stimulus_and_no_drug_is_the_resting_cell():
    [signal] = cell_signals(make_protocol("hepg2", parts="core,auto")).arms.values()
    assert (signal.stemness, signal.division) == pytest.approx((1.0, 1.0), abs=0.03)


def test_jak_inhibition_lowers_the_founders():
    found = founder_assay(make_protocol("hepg2", drugs="ruxolitinib=1uM", **CELL), AssayPlan(replicates=4))
    control, treated = found.cells.arms["control"], found.cells.arms["treated"]
    assert treated.stemness < control.stemness
    assert treated.apoptosis > control.apoptosis
    assert found.ratio == found.expected["treated"] / found.expected["control"] < 1
    assert found.dilution.data.groups == ("control", "treated")
    assert any("ruxolitinib" in drug for drug in found.cells.question["drugs"])


def test_a_short_exposure_costs_fewer_founders():
    p = make_protocol("hepg2", drugs="ruxolitinib=1uM", **CELL)
    short, long = (founder_assay(p, AssayPlan(replicates=1, exposure=hours)) for hours in (24.0, 720.0))
    assert long.ratio < short.ratio < 1


def test_a_series_is_refused():
    with pytest.raises(InputError, match=r"series\.many"):
        cell_signals(make_protocol("hepg2", drugs="ruxolitinib=1..10uM:3", parts="core,auto"))


def test_every_fault_of_a_plan_is_told():
    with pytest.raises(InputError) as caught:
        AssayPlan("take", (0.0,), 0, 0, 2.0, -1.0, -1)
    assert [p.code for p in caught.value.problems] == [
        "option.value", "dilution.dose", "count.range", "count.range", "assay.stem-share", "time.span",
        "seed.range",
    ]  # fmt: skip
