"""The objective against closed-form solutions of a small model, in both versions of PEtab."""

# ruff: noqa: E501 - one problem on one line reads best

import math

import numpy as np
import pytest

from jakstat.calibration.lanes import Solving
from jakstat.calibration.load import load_problem
from jakstat.calibration.objective import Objective
from jakstat.calibration.petab_write import write_petab
from jakstat.errors import InputError
from petab_problems import V1, V2, normal, row, write

pytestmark = pytest.mark.usefixtures("documents_read_once")

TIGHT = Solving(rtol=1e-10, atol=1e-12)


def objective(folder, base=V1, **changes):
    return Objective(load_problem(write(folder, base, **changes)), solving=TIGHT)


def expected(k, sd):
    """Minus log-likelihood of the five measurements."""

    def a(start, t):
        return start * math.exp(-k * t)

    return (
        normal(10.1, a(10, 0), sd) + normal(6.2, a(10, 1), sd) + normal(7.2, a(20, 2), sd)
        + normal(6.2, 10 - a(10, 2), 0.3) + normal(17.4, 20 - a(20, 4), 0.3)
    )  # fmt: skip


@pytest.mark.parametrize("base", [V1, V2], ids=["version 1", "version 2"])
def test_likelihood_and_slope(base, tmp_path):
    o = objective(tmp_path, base)
    x = np.log10([0.45, 0.25])
    assert o.names == ("k", "sd")
    assert o.evaluate(x).nllh[0] == pytest.approx(expected(0.45, 0.25), rel=1e-8)
    step = 1e-6
    slope = [
        (expected(*10 ** (x + d)) - expected(*10 ** (x - d))) / (2 * step)
        for d in (np.array([step, 0]), np.array([0, step]))
    ]
    local = o.local(x)
    assert local.gradient == pytest.approx(slope, rel=1e-4)
    assert (np.linalg.eigvalsh(local.hessian) > 0).all()
    forward = Objective(o.problem, solving=TIGHT, difference="forward").local(x)
    assert forward.gradient == pytest.approx(slope, rel=5e-2)


def test_many_vectors_are_the_same_as_one_by_one(tmp_path):
    o = objective(tmp_path)
    x = np.log10([[0.45, 0.25], [0.7, 0.1], [0.45, 0.5]])
    together = o.evaluate(x)
    assert [o.evaluate(v).nllh[0] for v in x] == together.nllh.tolist()
    # the third vector differs from the first in noise alone: two conditions of two vectors are run
    assert together.outcomes == {"OK": 4}


def test_curvature_is_that_of_the_expected_information(tmp_path):
    o = objective(tmp_path)
    x = np.log10([0.5, 0.2])
    assert o.local(x).hessian[1, 1] == pytest.approx(3 * 2 * math.log(10) ** 2, rel=1e-4)


def test_pre_equilibration_and_steady_state(tmp_path):
    o = objective(
        tmp_path,
        conditions__tsv=["conditionId make A", "rest 3 5", "boost 6 7"],
        observables__tsv=["observableId observableFormula noiseFormula", "obs_C C 0.1", "obs_A A 0.1"],
        measurements__tsv=[
            "observableId preequilibrationConditionId simulationConditionId measurement time",
            "obs_C rest boost 2 0", "obs_C rest boost 3 1", "obs_C _ boost 0 0", "obs_C rest boost 4 inf",
            "obs_A rest boost 7 0", "obs_C _ boost 4 inf",
        ],
        parameters__tsv=V1["parameters.tsv"][:3],
    )  # fmt: skip
    simulated = o.evaluate(np.log10([0.5])).simulated[0]
    assert simulated == pytest.approx([2, 4 - 2 * math.exp(-1.5), 0, 4, 7, 4], rel=1e-6, abs=1e-9)


def test_periods_of_version_2(tmp_path):
    o = objective(
        tmp_path, V2,
        conditions__tsv=["conditionId targetId targetValue", "rest make 3", "boost make 2*lose", "refill A 8"],
        experiments__tsv=["experimentId time conditionId", "e -inf rest", "e 0 _", "e 1 boost", "e 2 refill"],
        observables__tsv=["observableId observableFormula noiseFormula", "obs_C C 0.1", "obs_A A 0.1"],
        measurements__tsv=["observableId experimentId measurement time", "obs_C e 2 1", "obs_C e 2 1.5", "obs_A e 8 2", "obs_A e 8 3", "obs_A _ 8 1"],
        parameters__tsv=V2["parameters.tsv"][:3],
    )  # fmt: skip
    simulated = o.evaluate(np.log10([0.5])).simulated[0]
    assert simulated == pytest.approx([2, 2, 8, 8 * math.exp(-0.5), 10 * math.exp(-0.5)], rel=1e-6)


def test_what_pre_equilibration_sets_stays_set(tmp_path):
    o = objective(
        tmp_path, V2,
        conditions__tsv=["conditionId targetId targetValue", "slow lose 0.5", "refill A 8"],
        experiments__tsv=["experimentId time conditionId", "e -inf slow", "e 0 refill"],
        observables__tsv=["observableId observableFormula noiseFormula", "obs_C C 0.1"],
        measurements__tsv=["observableId experimentId measurement time", "obs_C e 6 0", "obs_C e 6 2"],
        parameters__tsv=V2["parameters.tsv"][:2],
    )  # fmt: skip
    assert o.evaluate(np.log10([0.5])).simulated[0] == pytest.approx([6, 6], rel=1e-6)


@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning",
)
@pytest.mark.parametrize("transform", ["log", "log10"])
@pytest.mark.parametrize("distribution", ["normal", "laplace"])
def test_noise_on_logarithms_and_laplace(transform, distribution, tmp_path):
    table = row(
        row(V1["observables.tsv"], 1, "observableTransformation", transform),
        1,
        "noiseDistribution",
        distribution,
    )
    o = objective(tmp_path, observables__tsv=table, measurements__tsv=V1["measurements.tsv"][:3])
    from petab.v1.calculate import calculate_llh

    assert -o.evaluate(np.log10([0.45, 0.25])).nllh[0] == pytest.approx(
        _libpetab(tmp_path, o, [0.45, 0.25], calculate_llh), rel=1e-9
    )


def _libpetab(folder, o, values, calculate):
    """The likelihood of our simulated values as libpetab works it out."""
    import petab.v1 as petab

    p = petab.Problem.from_yaml(str(folder / "problem.yaml"))
    for name, value in zip(o.names, values, strict=True):
        p.parameter_df.loc[name, "nominalValue"] = value
    simulation = p.measurement_df.rename(columns={"measurement": "simulation"})
    simulation["simulation"] = o.evaluate(np.log10(values)).simulated[0]
    return calculate(p.measurement_df, simulation, p.observable_df, p.parameter_df)


def test_noise_formula_with_model_and_observable(tmp_path):
    o = objective(
        tmp_path,
        observables__tsv=["observableId observableFormula noiseFormula", "obs_A 2*A sd+0.1*A+0.01*obs_A"],
        measurements__tsv=["observableId simulationConditionId measurement time", "obs_A low 12 1"],
    )
    mean = 10 * math.exp(-0.5)
    assert o.evaluate(np.log10([0.5, 0.2])).nllh[0] == pytest.approx(normal(12, 2 * mean, 0.2 + 0.12 * mean))


@pytest.mark.parametrize(
    ("kind", "numbers", "level"),
    [
        ("normal", "0.4;0.1", normal(0.5, 0.4, 0.1)),
        ("laplace", "0.4;0.1", 1 + math.log(0.2)),
        ("logNormal", "-1;0.5", normal(math.log(0.5), -1, 0.5) + math.log(0.5)),
        ("parameterScaleNormal", "-1;0.5", normal(math.log10(0.5), -1, 0.5)),
        ("uniform", "0;2", math.log(2)),
        ("parameterScaleUniform", "-2;1", math.log(3)),
        ("parameterScaleLaplace", "-1;0.5", abs(math.log10(0.5) + 1) / 0.5 + math.log(1.0)),
    ],
)
def test_priors_of_version_1_survive_version_2(kind, numbers, level, tmp_path):
    table = [f"{V1['parameters.tsv'][0]} objectivePriorType objectivePriorParameters",
             f"{V1['parameters.tsv'][1]} {kind} {numbers}", *(f"{r} _ _" for r in V1["parameters.tsv"][2:])]  # fmt: skip
    o = objective(tmp_path, parameters__tsv=table)
    x = np.log10([0.5, 0.2])
    assert -o.log_prior(x)[0] == pytest.approx(level, rel=1e-9)
    again = Objective(load_problem(write_petab(o.problem, tmp_path / "out")), solving=TIGHT)
    if not kind.startswith("parameterScale"):
        assert again.evaluate(x).nllh[0] == pytest.approx(o.evaluate(x).nllh[0], rel=1e-12)
        assert -again.log_prior(x)[0] == pytest.approx(level, rel=1e-9)
    # the same objective but for a constant, and so the same optimum
    several = np.log10([[0.5, 0.2], [0.07, 0.2], [0.3, 0.2], [1.9, 0.2]])
    apart = o.evaluate(several).cost - again.evaluate(several).cost
    assert apart == pytest.approx([apart[0]] * 4, abs=1e-9)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize(
    ("kind", "numbers"), [("parameterScaleNormal", (-1.0, 0.5)), ("parameterScaleUniform", (-2.0, 1.0))]
)
def test_libpetab_finds_the_prior_of_version_1_in_what_is_written(kind, numbers, tmp_path):
    """log N(log10 k; m, s), written out by hand, is libpetab's log-density in version 2 but for a constant."""
    from petab.v2 import Problem

    cells = ";".join(map(str, numbers))
    table = [f"{V1['parameters.tsv'][0]} objectivePriorType objectivePriorParameters",
             f"{V1['parameters.tsv'][1]} {kind} {cells}", *(f"{r} _ _" for r in V1["parameters.tsv"][2:])]  # fmt: skip
    problem = load_problem(write(tmp_path, V1, parameters__tsv=table))
    written = Problem.from_yaml(write_petab(problem, tmp_path / "out"))
    prior = next(p for p in written.parameters if p.id == "k").prior_dist
    values = np.array([0.03, 0.1, 0.5, 2.0])
    u, (m, s) = np.log10(values), numbers
    wanted = -0.5 * ((u - m) / s) ** 2 if kind.endswith("Normal") else np.zeros(4)
    apart = np.log(prior.pdf(values)) - wanted
    assert apart == pytest.approx([apart[0]] * 4, abs=1e-9)


def test_a_failed_lane_is_nan_and_counted(tmp_path):
    o = Objective(load_problem(write(tmp_path, V1)), solving=Solving(max_steps=2))
    e = o.evaluate(np.log10([0.5, 0.2]))
    assert math.isnan(e.nllh[0])
    assert math.isnan(e.cost[0])
    assert e.outcomes == {"STEP_LIMIT": 2}
    assert math.isnan(o.local(np.log10([0.5, 0.2])).cost)


def test_a_vector_of_another_length_is_refused(tmp_path):
    with pytest.raises(InputError, match="3 numbers for 2 parameters"):
        objective(tmp_path).evaluate(np.zeros(3))


def test_a_problem_whose_cells_never_rest_costs_no_number_and_says_why(tmp_path):
    """Made at 3 and lost at 0, C grows for ever; no lane is left to simulate."""
    place = write(
        tmp_path, V2,
        parameters__tsv=[line for line in V2["parameters.tsv"] if not line.startswith("lose")],
        conditions__tsv=[*V2["conditions.tsv"], "grows lose 0"],
        experiments__tsv=[
            "experimentId time conditionId", "e_low -inf grows", "e_low 0 low", "e_high -inf grows",
            "e_high 0 high",
        ],
    )  # fmt: skip
    objective = Objective(load_problem(place))
    found = objective.evaluate(objective.problem.nominal)
    assert np.isnan(found.cost[0])
    assert set(found.outcomes) == {"NOT_STEADY"}
    assert np.isnan(objective.local(objective.problem.nominal).cost)
