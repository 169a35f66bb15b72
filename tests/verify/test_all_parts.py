"""Every part at once, with every cytokine and STAT: a valid document that another simulator agrees with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import libsbml
import numpy as np
import pytest

import jakstat
from jakstat.biology import assemble, part_names
from jakstat.engine.doses import Dose
from jakstat.engine.load import load_sbml
from jakstat.engine.model import Model
from long_rows import rest_long

TIMES = np.linspace(0.0, 3.0, 13)

STIMULI = {
    "hepg2": {"IL6": 500.0, "IFNG": 300.0, "IL4": 700.0, "ruxolitinib": 50_000.0},
    "mouse_hepatocyte": {"IL6": 2000.0, "OSM": 400.0, "IFNA": 500.0, "IL22": 600.0},
    "macrophage": {"IL6": 500.0, "IL10": 300.0},
    "human_hepatocyte": {"IL6": 10.0, "sIL6R": 1000.0, "GH1": 4000.0, "LIF": 500.0, "IFNL1": 500.0},
}
"""Amounts in zmol into 1000 pL of medium, at the start."""

COPIES = ("abundance_IL10RA", "abundance_IL2RB", "abundance_STAT4", "abundance_JAK3")
"""Set for one run, so that the parts that a hepatocyte lacks work as well."""


def _document(name: str, **changes: float) -> str:
    return assemble(name, parts=part_names(), parameters=changes).sbml


def _doses(stimuli: dict[str, float]) -> list[Dose]:
    return [Dose(0.0, species, amount) for species, amount in stimuli.items()]


def _ours(sbml: str, stimuli: dict[str, float]) -> tuple[Model, dict[str, np.ndarray]]:
    model = load_sbml(sbml, trusted=True)
    result = model.simulate(TIMES, doses=_doses(stimuli), rtol=1e-10, atol=1e-12)
    assert result.ok.all()
    assert not result.violations
    return model, {s.id: result.amount(s.id)[0] for s in model.network.species}


def _roadrunner(sbml: str, stimuli: dict[str, float]) -> dict[str, np.ndarray]:
    """Amounts by libRoadRunner at tight tolerances."""
    import roadrunner

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    runner = roadrunner.RoadRunner(sbml)
    for species, amount in stimuli.items():
        runner[species] = amount
    names = list(runner.model.getFloatingSpeciesIds())
    runner.integrator.relative_tolerance = 1e-11
    runner.integrator.absolute_tolerance = 1e-13
    runner.integrator.maximum_num_steps = 200_000
    runner.timeCourseSelections = ["time", *names]
    rows = np.array(runner.simulate(times=list(TIMES)))
    return {name: rows[:, i + 1] for i, name in enumerate(names)}


def _compare(sbml: str, stimuli: dict[str, float]) -> None:
    model, mine = _ours(sbml, stimuli)
    theirs = _roadrunner(sbml, stimuli)
    assert set(theirs) <= {s.id for s in model.network.species}
    assert len(theirs) > 150
    floor = 1e-9 * max(float(np.max(np.abs(track))) for track in theirs.values())
    compared = 0
    for name, track in theirs.items():
        largest = float(np.max(np.abs(track)))
        if largest > floor:
            compared += 1
            assert float(np.max(np.abs(mine[name] - track))) < 1e-6 * largest, name
    assert compared > 60


@pytest.mark.parametrize("name", rest_long(STIMULI, ["hepg2"]))
def test_document_of_all_parts_is_valid(name: str) -> None:
    document = libsbml.readSBMLFromString(_document(name))
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_MODELING_PRACTICE, False)
    document.checkConsistency()
    assert [document.getError(i).getMessage() for i in range(document.getNumErrors())] == []


@pytest.mark.long
def test_all_parts_of_hepg2_agree_with_libroadrunner() -> None:
    _compare(_document("hepg2"), STIMULI["hepg2"])


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in STIMULI if name != "hepg2"])
def test_all_parts_agree_with_libroadrunner(name: str) -> None:
    _compare(_document(name), STIMULI[name])


@pytest.mark.long
def test_receptors_that_a_hepatocyte_lacks_agree_with_libroadrunner() -> None:
    changes = dict.fromkeys(COPIES, 5.0)
    _compare(_document("hepg2", **changes), {"IL10": 300.0, "IL2": 500.0, "IL21": 200.0})


_RUN = """
from jakstat.biology import assemble
from jakstat.engine.load import load_sbml
load_sbml(assemble("hepg2").sbml, trusted=True).simulate([0.0, 0.01])
"""


@pytest.mark.long
def test_a_second_process_translates_and_compiles_nothing(tmp_path: Path) -> None:
    """How long it takes is measured by benchmarks/start_up.py; here: what is on disk is used again."""
    source = str(Path(jakstat.__file__).parents[1])
    environment = {**os.environ, "JAKSTAT_CACHE": str(tmp_path), "OMP_NUM_THREADS": "1", "PYTHONPATH": source}
    seen = []
    for _ in range(2):
        subprocess.run([sys.executable, "-c", _RUN], env=environment, timeout=300, check=True)
        files = [p for p in sorted(tmp_path.rglob("*")) if p.is_file()]
        seen.append({p.name: p.read_bytes() for p in files})
    assert seen[0]
    assert seen[1] == seen[0]
