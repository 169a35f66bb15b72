import numpy as np
import pytest

from jakstat.biology import assemble
from jakstat.biology.variability import spread_of, variability
from jakstat.errors import InputError
from jakstat.experiment.cells import draw_cells, simulate_cells
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.lanes import bench_for, run_vectors
from jakstat.experiment.run import simulate
from jakstat.knowledge import sources
from jakstat.response.cell_statistics import distributions
from jakstat.store import attribute

ROWS = assemble("hepg2", parts="core").parameters
P = make_protocol(
    "hepg2", stimuli="IL6=0.1,10ng/ml", observe="pSTAT3,SOCS3_mRNA", until="30min", points=7, parts="auto"
)


def test_amounts_spread_as_the_table_says_and_keep_their_mean():
    drawn = draw_cells(ROWS, cells=40_000, seed=1)
    table = {r.id: r.value for r in ROWS}
    for name in ("abundance_STAT3", "abundance_JAK1", "abundance_IL6ST"):
        x = drawn[name]
        assert x.mean() == pytest.approx(table[name], rel=0.02)
        assert x.std() / x.mean() == pytest.approx(spread_of(name).value, rel=0.04)
        assert abs(float(((np.log(x) - np.log(x).mean()) ** 3).mean())) < 0.1 * np.log(x).std() ** 3
    size = drawn["cytoplasm"] / table["cytoplasm"]
    assert size.std() == pytest.approx(variability()["size"].value, rel=0.04)
    assert drawn["nucleus"] / table["nucleus"] == pytest.approx(size)
    assert drawn["membrane"] / table["membrane"] == pytest.approx(size ** (2 / 3))
    assert "medium" not in drawn
    assert "kcat_STAT3" not in drawn


def test_proteins_of_the_pathway_are_correlated_beyond_the_size_of_the_cell():
    drawn = draw_cells(ROWS, cells=40_000, seed=1)
    per_volume = [np.log(drawn[n] / drawn["cytoplasm"]) for n in ("abundance_STAT3", "abundance_JAK1")]
    assert np.corrcoef(per_volume)[0, 1] == pytest.approx(variability()["shared"].value, abs=0.02)


def test_a_draw_depends_on_its_seed_and_name_only():
    few = draw_cells([r for r in ROWS if r.id in ("abundance_STAT3", "cytoplasm")], cells=50, seed=2)
    assert np.array_equal(draw_cells(ROWS, cells=50, seed=2)["abundance_STAT3"], few["abundance_STAT3"])
    assert not np.array_equal(draw_cells(ROWS, cells=50, seed=3)["abundance_STAT3"], few["abundance_STAT3"])


def test_every_spread_has_a_source_that_exists():
    known = (
        {s.key for s in sources().values()} if hasattr(sources(), "values") else {s.key for s in sources()}
    )
    assert {row.source for row in variability().values()} <= known
    assert all(row.unit == "dimensionless" for row in variability().values())


def test_there_is_one_distribution_for_each_dose_and_time():
    found = simulate_cells(P, cells=60, seed=1, at=[0.25, 0.5])
    assert found["pSTAT3"].dims == ("dose", "reading", "cell")
    assert found["pSTAT3"].values.shape == (2, 2, 60)
    assert found["reading"].values.tolist() == ["15 min", "30 min"]
    assert (found["pSTAT3"].values[1, 0] > found["pSTAT3"].values[0, 0]).all()
    assert found["pSTAT3_rest"].values[0] == pytest.approx(found["pSTAT3_rest"].values[1], rel=1e-6)
    assert found.attrs["failed_cells"] == 0
    assert attribute(found.attrs, "manifest")["inputs"]["seed"] == 1


def test_the_untreated_control_is_the_same_cells_without_the_drug():
    text = {"stimuli": "IL6=10ng/ml", "observe": "pSTAT3", "until": "20min", "points": 3}
    parts = "core,jak_inhibitor_ruxolitinib"
    treated = make_protocol("hepg2", drugs="ruxolitinib=0.3,1uM@-10min", parts=parts, **text)
    bare = make_protocol("hepg2", parts=parts, **text)
    both, alone = (simulate_cells(p, cells=20, seed=3, at=[1 / 3]) for p in (treated, bare))
    for dose in (0, 1):
        assert both["pSTAT3_control"].values[dose] == pytest.approx(alone["pSTAT3"].values[0], rel=1e-4)
    assert list(both.attrs["control"]) == ["ruxolitinib"]
    assert both.attrs["simulations"] == 80
    assert "pSTAT3_control" not in alone
    said = distributions(both, draws=9)
    for dose, one in enumerate(said):
        median = np.median(alone["pSTAT3"].values[0, 0])
        assert one.untreated == pytest.approx(median, rel=1e-4)
        assert one.percent == pytest.approx(
            100 * np.median(both["pSTAT3"].values[dose, 0]) / median, rel=1e-4
        )
    assert said[0].percent > said[1].percent
    assert distributions(alone, draws=9)[0].untreated is None


def test_the_same_seed_gives_the_same_cells_whatever_their_number():
    one = simulate_cells(P, cells=12, seed=4)["pSTAT3"].values
    again = simulate_cells(P, cells=12, seed=4)["pSTAT3"].values
    more = simulate_cells(P, cells=40, seed=4)["pSTAT3"].values
    assert np.array_equal(one, again)
    assert np.array_equal(one, more[:, :, :12])


def test_a_vector_of_the_tables_own_values_is_the_plain_simulation():
    bench = bench_for(P)
    run = run_vectors(
        bench, {"kcat_STAT3": np.repeat([r.value for r in ROWS if r.id == "kcat_STAT3"], 3)}, lambda t, x: x
    )
    plain = simulate(
        "hepg2", stimuli="IL6=0.1,10ng/ml", observe="pSTAT3,SOCS3_mRNA", until="30min", points=7, parts="auto"
    )
    for vector in range(3):
        assert run.values["pSTAT3"][vector] == pytest.approx(plain["pSTAT3"].values, rel=1e-4)


def test_a_failed_cell_is_nan_and_counted():
    bench = bench_for(P)
    values = np.full(20, 800.0)
    values[3] = np.nan
    run = run_vectors(bench, {"abundance_STAT3": values}, lambda t, x: x[:, -1:])
    assert (~run.ok).sum() == 2
    assert np.isnan(run.values["pSTAT3"][3]).all()
    assert np.isfinite(np.delete(run.values["pSTAT3"], 3, axis=0)).all()


@pytest.mark.parametrize(("cells", "at", "code"), [(5, [], "count.range"), (20, [3.0], "time.span")])
def test_impossible_cells_are_refused(cells, at, code):
    with pytest.raises(InputError) as caught:
        simulate_cells(P, cells=cells, at=at)
    assert caught.value.problems[0].code == code


def test_the_seed_that_is_not_given_is_1():
    plain, named = (simulate_cells(P, cells=10, **seed)["pSTAT3"] for seed in ({}, {"seed": 1}))
    assert np.array_equal(plain.values, named.values, equal_nan=True)
