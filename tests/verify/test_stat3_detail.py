"""STAT3 made and lost, Ser727, isoforms and docking: each part's own number, and more."""

from __future__ import annotations

import numpy as np
import pytest

from jakstat.biology import assemble, part
from jakstat.engine.doses import Dose
from jakstat.engine.load import load_sbml
from jakstat.experiment.run import simulate

IL6 = {"IL6": "10 ng/ml"}


def _run(*observe: str, **kwargs: object):
    return simulate("hepg2", stimuli=IL6, observe=list(observe), **{"parts": "auto", **kwargs})


def _model(name: str):
    return load_sbml(assemble("hepg2", parts=["feedback", "targets", name]).sbml, trusted=True)


def test_stat3_rests_at_the_counted_copies_and_runs_out_when_no_more_is_made() -> None:
    low, high = part("stat3_turnover").expected[0]["between"]
    run = simulate(
        "hepg2", perturb={"STAT3": "0@0h"}, until="48 h", observe=["STAT3_total"], parts=["stat3_turnover"]
    )
    total = run["STAT3_total"].values.ravel()
    assert total[0] == pytest.approx(487666, rel=1e-6)
    half = float(np.interp(-0.5 * total[0], -total, run["time"].values))
    assert low < half < high


def test_knockdown_before_rest_and_antisense_on_mrna_lower_the_total() -> None:
    kwargs = {"until": "1 h", "observe": ["STAT3_total"], "parts": ["stat3_turnover"]}
    whole = float(simulate("hepg2", **{"parts": "auto", **kwargs})["STAT3_total"][..., 0].max())
    fifth = float(
        simulate("hepg2", perturb={"STAT3": 0.2}, **{"parts": "auto", **kwargs})["STAT3_total"][..., 0].max()
    )
    assert fifth == pytest.approx(0.2 * whole, rel=1e-6)
    text = assemble("hepg2", parts=["stat3_turnover"]).sbml
    assert "STAT3_mRNA_loss" in text


def test_cycloheximide_stops_making_stat3() -> None:
    run = simulate(
        "hepg2",
        treatments=["cycloheximide@0h.."],
        until="24 h",
        observe=["STAT3_total"],
        parts=["stat3_turnover"],
    )
    total = run["STAT3_total"].values.ravel()
    assert total[-1] == pytest.approx(0.5 * total[0], rel=0.01)


def test_without_ser727_targets_fall_at_equal_tyr705() -> None:
    low, high = part("serine727").expected[0]["between"]
    model = _model("serine727")
    peaks = {}
    for share in (1.0, 0.0):
        values = {"share_Ser727": [share]}
        rest = model.equilibrate(parameters=values).final()
        times = np.linspace(0, 3, 91)
        out = ["observable_SOCS3_mRNA", "observable_pS727_share"]
        run = model.simulate(
            times, initial=rest, parameters=values, doses=[Dose(0.0, "IL6", 480.0)], outputs=out
        )
        peaks[share] = run.value(out[0])[0].max()
        assert run.value(out[1])[0, 0] == pytest.approx(share / 3, abs=1e-3)
    assert low < peaks[0.0] / peaks[1.0] < high


def test_beta_stays_in_the_nucleus_and_lowers_targets_of_alpha() -> None:
    low, high = part("isoforms").expected[0]["between"]
    run = simulate(
        "hepg2",
        stimuli={"IL6": "10 ng/ml@0min..30min"},
        until="3 h",
        observe=["STAT3B_nuclear", "STAT3A_nuclear"],
        parts="auto",
    )
    time = run["time"].values

    def left(name: str) -> float:
        values = run[name].values.ravel()
        return float(np.interp(2.0, time, values)) / values.max()

    assert low <= left("STAT3B_nuclear") <= high
    assert left("STAT3A_nuclear") < 0.5 * left("STAT3B_nuclear")
    model = _model("isoforms")
    peaks = []
    for level in (1.0, 5.0):
        rest = model.equilibrate(parameters={"level_STAT3B": [level]}).final()
        result = model.simulate(
            np.linspace(0, 3, 91),
            initial=rest,
            parameters={"level_STAT3B": [level]},
            doses=[Dose(0.0, "IL6", 480.0)],
            outputs=["observable_SOCS3_mRNA"],
        )
        peaks.append(result.value("observable_SOCS3_mRNA")[0].max())
    assert peaks[1] < 0.9 * peaks[0]


def test_docked_stat3_is_the_complex_of_the_rate_law() -> None:
    low, high = part("docking").expected[0]["between"]
    model = _model("docking")
    rest = model.equilibrate().final()
    out = ["observable_STAT3_docked", "active_receptor", "STAT3", "observable_STAT3_total"]
    run = model.simulate([0.0, 20 / 60], initial=rest, doses=[Dose(0.0, "IL6", 480.0)], outputs=out)
    docked, receptor, stat3, total = (float(run.value(name)[0, -1]) for name in out)
    km = next(row.value for row in assemble("hepg2", parts=["docking"]).parameters if row.id == "Km_STAT3")
    assert low < docked / (receptor * stat3 / (km + stat3)) < high
    assert docked < 1e-3 * total
