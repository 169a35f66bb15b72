"""Inner solutions are what an optimiser over all parameters finds."""

# ruff: noqa: E501 - one problem on one line reads best

import numpy as np
import pytest
from scipy.optimize import minimize

from jakstat.calibration.lanes import Solving
from jakstat.calibration.load import load_problem
from jakstat.calibration.objective import Objective
from jakstat.errors import InputError
from petab_problems import V1, write

pytestmark = pytest.mark.usefixtures("documents_read_once")

K = [
    "parameterId parameterScale lowerBound upperBound nominalValue estimate parameterType",
    "k log10 0.01 10 0.5 1 _",
]
TIMES = [0, 0.3, 0.7, 1.2, 2, 3, 5]


def problem(folder, *, transform, formula, inner, marked=True, distribution="normal", noise="sd"):
    draws = np.random.default_rng(3)
    base = 2.0 + 3.0 * 10 * np.exp(-0.4 * np.array(TIMES))
    values = base * np.exp(0.05 * draws.normal(size=len(TIMES)))
    parameters = [*K, *(f"{n} {'lin' if r == 'offset' else 'log10'} {'-100' if r == 'offset' and transform == 'lin' else '0' if r == 'offset' else '1e-4'} 1e3 1 1 {r if marked else '_'}" for n, r in inner.items())]  # fmt: skip
    return Objective(
        load_problem(
            write(
                folder, V1, parameters__tsv=parameters,
                observables__tsv=["observableId observableFormula noiseFormula observableTransformation noiseDistribution", f"obs {formula} {noise} {transform} {distribution}"],
                measurements__tsv=["observableId simulationConditionId measurement time", *(f"obs low {v!r} {t}" for v, t in zip(map(float, values), TIMES, strict=True))],
            )
        ),
        solving=Solving(rtol=1e-9, atol=1e-12),
    )  # fmt: skip


CASES = {
    "scale and sd, linear": ("lin", "s*A", {"s": "scaling", "sd": "sigma"}),
    "scale, offset and sd, linear": ("lin", "b+s*A", {"s": "scaling", "b": "offset", "sd": "sigma"}),
    "scale and sd, log10": ("log10", "s*A", {"s": "scaling", "sd": "sigma"}),
    "scale and sd, log": ("log", "s*A", {"s": "scaling", "sd": "sigma"}),
    "scale, offset and sd, log10": ("log10", "b+s*A", {"s": "scaling", "b": "offset", "sd": "sigma"}),
}


@pytest.mark.parametrize("name", CASES)
def test_inner_solution_is_the_joint_optimum(name, tmp_path):
    transform, formula, inner = CASES[name]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    within = problem(tmp_path / "a", transform=transform, formula=formula, inner=inner)
    joint = problem(tmp_path / "b", transform=transform, formula=formula, inner=inner, marked=False)
    assert within.names == ("k",)
    found = within.evaluate(np.log10([0.45]))
    start = np.array([p.to_scale(v) for p, v in zip(joint.problem.outer[1:], found.inner[0], strict=True)])
    best = minimize(
        lambda x: joint.evaluate(np.r_[np.log10(0.45), x]).nllh[0], start + 0.02, method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-11, "maxfev": 3000},
    )  # fmt: skip
    assert joint.evaluate(np.r_[np.log10(0.45), start]).nllh[0] == pytest.approx(found.nllh[0], abs=1e-9)
    assert found.nllh[0] <= best.fun + 1e-8
    assert start == pytest.approx(best.x, abs=2e-4)


def test_laplace_noise_solved_within(tmp_path):
    o = problem(tmp_path, transform="lin", formula="3*A+2", inner={"sd": "sigma"}, distribution="laplace")
    e = o.evaluate(np.log10([0.4]))
    measured = np.array([m.value for m in o.problem.measurements])
    assert e.inner[0, 0] == pytest.approx(np.abs(measured - e.simulated[0]).mean())


def test_slope_of_the_reduced_cost(tmp_path):
    o = problem(tmp_path, transform="log10", formula="s*A", inner={"s": "scaling", "sd": "sigma"})
    x, step = np.log10([0.45]), 1e-5
    slope = (o.evaluate(x + step).cost[0] - o.evaluate(x - step).cost[0]) / (2 * step)
    assert o.local(x).gradient[0] == pytest.approx(slope, rel=1e-3)


@pytest.mark.parametrize(
    ("formula", "inner", "noise"),
    [
        ("A/s", {"s": "scaling", "sd": "sigma"}, "sd"),
        ("s*A", {"s": "scaling", "sd": "sigma"}, "sd+0.1"),
        ("s*A", {"s": "scaling", "sd": "sigma"}, "sd*s"),
        ("s*A+r*B", {"s": "scaling", "r": "scaling", "sd": "sigma"}, "sd"),
    ],
)
def test_other_forms_are_refused(formula, inner, noise, tmp_path):
    o = problem(tmp_path, transform="lin", formula=formula, inner=inner, noise=noise)
    with pytest.raises(InputError) as caught:
        o.evaluate(np.log10([0.4]))
    assert caught.value.problems[0].code == "inner.form"


def test_bounds_hold(tmp_path):
    parameters = [*K, "s lin 0 2 1 1 scaling", "sd lin 1e-4 1e3 1 1 sigma"]
    o = Objective(load_problem(write(
        tmp_path, V1, parameters__tsv=parameters,
        observables__tsv=["observableId observableFormula noiseFormula", "obs s*A sd"],
        measurements__tsv=["observableId simulationConditionId measurement time", "obs low 30 0", "obs low 21 1"],
    )))  # fmt: skip
    assert o.evaluate(np.log10([0.4])).inner[0, 0] == pytest.approx(2.0)
