"""Published PEtab problems: our likelihood at the nominal parameters is that of independent tools.

Three checks: libpetab's own likelihood of our simulated values; likelihoods known from publications and
other tools; and simulated values by libRoadRunner where noise depends on the model.
"""

import json
import logging

import libsbml
import numpy as np
import pytest
from typer.testing import CliRunner

from jakstat.calibration.lanes import Curves
from jakstat.calibration.load import load_problem
from jakstat.calibration.objective import Objective
from jakstat.calibration.petab_write import write_petab
from jakstat.cli.main import app
from long_rows import rest_long
from shared_data import SHARED, needs_shared

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # libpetab's use of pandas

FOLDER = SHARED / "data" / "petab"
PROBLEMS = [
    "Boehm_JProteomeRes2014",
    "Bachmann_MSB2011",
    "Raia_CancerResearch2011",
    "Lucarelli_CellSystems2018",
]
SLOW = ["Smith_BMCSystBiol2013", "Chen_MSB2009"]
FIRST = ["Boehm_JProteomeRes2014", "Raia_CancerResearch2011"]
# Boehm: the value all tools of the benchmark collection agree on (AMICI lists -138.221996935)
KNOWN = {"Boehm_JProteomeRes2014": -138.221997}


def loaded(name):
    problem = load_problem(FOLDER / name / f"{name}.yaml")
    return problem, Objective(problem)


@needs_shared
@pytest.mark.parametrize(
    "name",
    rest_long([n for n in [*PROBLEMS, *SLOW] if n != "Raia_CancerResearch2011"], PROBLEMS[:2]),
)
def test_likelihood_is_libpetabs(name):
    import petab.v1 as petab
    from petab.v1.calculate import calculate_llh

    problem, objective = loaded(name)
    found = objective.evaluate(problem.nominal)
    place = FOLDER / name
    measured = petab.get_measurement_df(str(place / f"measurementData_{name}.tsv"))
    observables = petab.get_observable_df(str(place / f"observables_{name}.tsv"))
    parameters = petab.get_parameter_df(str(place / f"parameters_{name}.tsv"))
    simulation = measured.rename(columns={"measurement": "simulation"})
    simulation["simulation"] = found.simulated[0]
    wanted = calculate_llh(measured, simulation, observables, parameters)
    assert -found.nllh[0] == pytest.approx(wanted, rel=1e-9)
    if name in KNOWN:
        assert -found.nllh[0] == pytest.approx(KNOWN[name], abs=1e-3)


def by_roadrunner(problem, objective, model):
    """Curves of all experiments by libRoadRunner; nothing of the engine takes part."""
    import roadrunner

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    values = objective.table(problem.nominal)[0]
    named = {p.id: v for p, v in zip(problem.parameters, values, strict=True)}
    outputs = objective._readout.outputs
    found = {k: np.full((1, len(problem.measurements)), np.nan) for k in outputs}
    for number, experiment in enumerate(problem.experiments):
        document = libsbml.readSBML(str(model))
        sbml = document.getModel()
        arrays = {k: np.array(v) for k, v in named.items()}
        changes = {c.target: float(c.formula(arrays)) for c in experiment.main[0].changes}
        for name, value in {**named, **changes}.items():
            species, parameter = sbml.getSpecies(name), sbml.getParameter(name)
            if species is not None:
                assert not species.getHasOnlySubstanceUnits()
                species.unsetInitialAmount()
                species.setInitialConcentration(value)
            elif parameter is not None:
                parameter.setValue(value)
            elif sbml.getCompartment(name) is not None:
                sbml.getCompartment(name).setSize(value)
            if sbml.getInitialAssignment(name) is not None:
                sbml.removeInitialAssignment(name)
        runner = roadrunner.RoadRunner(libsbml.writeSBMLToString(document))
        runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = 1e-9, 1e-12
        runner.timeCourseSelections = [f"[{k}]" if sbml.getSpecies(k) is not None else k for k in outputs]
        own = [i for i, m in enumerate(problem.measurements) if m.experiment == number]
        times = sorted({problem.measurements[i].time for i in own} | {0.0})
        # libRoadRunner wants two times at least
        table = np.array(runner.simulate(times=times if len(times) > 1 else [0.0, 1e-9]))
        for i in own:
            for j, k in enumerate(outputs):
                found[k][0, i] = table[times.index(problem.measurements[i].time), j]
    return Curves(found, np.ones(1, dtype=bool))


@needs_shared
@pytest.mark.parametrize("name", rest_long(PROBLEMS, FIRST))
def test_simulated_values_are_libroadrunners(name):
    problem, objective = loaded(name)
    curves = by_roadrunner(problem, objective, next((FOLDER / name).glob("*.xml")))
    wanted, sigma = objective._readout(objective.table(problem.nominal), curves)
    found = objective.evaluate(problem.nominal)
    assert np.max(np.abs(found.simulated - wanted) / (np.abs(wanted) + 1e-6)) < 1e-5
    likelihood = objective.noise.log_likelihood(wanted, sigma).sum()
    assert -found.nllh[0] == pytest.approx(likelihood, abs=1e-2)


@needs_shared
@pytest.mark.parametrize("name", rest_long([*PROBLEMS, *SLOW], PROBLEMS))
def test_written_as_version_2_it_is_the_same_problem(name, tmp_path):
    from petab.v2 import Problem
    from petab.v2.lint import lint_problem

    logging.getLogger("petab").setLevel(logging.CRITICAL)
    problem, objective = loaded(name)
    place = write_petab(problem, tmp_path / "v2", check=False)
    assert not lint_problem(Problem.from_yaml(place)).has_errors()
    again = load_problem(place)
    assert again.names == problem.names
    here, there = objective.evaluate(problem.nominal), Objective(again).evaluate(again.nominal)
    assert there.nllh[0] == pytest.approx(here.nllh[0], rel=1e-9)


@needs_shared
@pytest.mark.long
def test_searches_reach_the_published_optimum(tmp_path):
    place = FOLDER / "Boehm_JProteomeRes2014" / "Boehm_JProteomeRes2014.yaml"
    run = CliRunner().invoke(
        app, ["fit", str(place), "--starts", "10", "--out", str(tmp_path / "f"), "--json"]
    )
    assert json.loads(run.stdout)["best"]["log_likelihood"] == pytest.approx(-138.222, abs=2e-3)
