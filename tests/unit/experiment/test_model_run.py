import json
import math
import tracemalloc

import numpy as np
import pyarrow.parquet as pq
import pytest
import xarray as xr
from pyarrow import csv as arrow_csv

import small_models as sm
from jakstat.errors import InputError
from jakstat.experiment.lane_table import LaneTable, check_lane_table
from jakstat.experiment.lane_tally import Spread, Tally
from jakstat.experiment.lane_writers.held import HeldFile
from jakstat.experiment.lane_writers.target import check_out, stored_run
from jakstat.experiment.model_run import RunOptions, plan_run, run_table

pytestmark = pytest.mark.usefixtures("documents_read_once")

RATES = [0.5, 1.0, 2.0, -1e4, 3.0, 0.1, 0.2]
FORMATS = ["zarr", "parquet", "csv"]


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "decay.xml"
    path.write_text(sm.DECAY)
    return path


@pytest.fixture
def lanes(tmp_path):
    path = tmp_path / "lanes.csv"
    path.write_text("lane,k,A\n" + "".join(f"p{i},{k!r},{10 + i}\n" for i, k in enumerate(RATES)))
    return path


def planned(model, lanes=None, *, piece=None, **options):
    return plan_run(model, RunOptions(**{"until": 2.0, "points": 5, **options}), lanes=lanes, piece=piece)


def values(path, name="A"):
    """(lanes, T) from any format."""
    if path.suffix == ".zarr":
        return xr.open_zarr(path)[name].values
    table = pq.read_table(path) if path.suffix == ".parquet" else read_csv(path)
    labels = table["lane"].to_pylist()
    return np.array(table[name].to_pandas(), dtype=float).reshape(len(dict.fromkeys(labels)), -1)


def read_csv(path):
    rows = b"\n".join(r for r in path.read_bytes().splitlines() if not r.startswith(b"#"))
    import io

    return arrow_csv.read_csv(io.BytesIO(rows))


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("piece", [2, 100])
def test_lanes_are_what_the_engine_says(model, lanes, tmp_path, kind, piece):
    run = planned(model, lanes, piece=piece)
    out = tmp_path / f"o.{kind}"
    seen = []
    report = run_table(run, out, progress=seen.append)
    assert report.complete
    assert seen[0] == 0
    assert seen[-1] == len(RATES)
    found = values(out)
    expected = run.model.simulate(
        run.options.times, {"k": RATES}, {"A": 10.0 + np.arange(7)}, outputs=["A"]
    ).value("A")
    assert np.array_equal(found, expected, equal_nan=True)
    assert np.isnan(found[3]).all()
    assert report.tally.failed == 1
    (failure,) = report.tally.failures
    assert failure.lane == "p3"
    assert failure.species == "A"
    assert failure.outcome != "OK"
    stored = stored_run(out)
    assert stored.complete
    assert stored.manifest["lanes_done"] == 7
    assert Tally.total(stored.pieces) == report.tally


def test_zarr_tells_units_outcomes_and_names(model, lanes, tmp_path):
    run_table(planned(model, lanes), tmp_path / "o.zarr")
    data = xr.open_zarr(tmp_path / "o.zarr")
    assert data["A"].dims == ("lane", "time")
    assert "units" in data["A"].attrs
    assert list(data["lane"].values) == [f"p{i}" for i in range(7)]
    assert data["outcome"].attrs["flag_meanings"].split()[int(data["outcome"][0])] == "OK"
    assert data["failure_species"].attrs["flag_meanings"].split()[int(data["failure_species"][3])] == "A"
    assert data["failure_species"][0] == -1
    assert data.attrs["manifest"]["complete"] is True
    assert data.attrs["manifest"]["inputs"]["points"] == 5


def test_parquet_and_csv_have_the_same_columns(model, lanes, tmp_path):
    run_table(planned(model, lanes), tmp_path / "o.parquet")
    run_table(planned(model, lanes), tmp_path / "o.csv")
    first, second = pq.read_table(tmp_path / "o.parquet"), read_csv(tmp_path / "o.csv")
    names = ["lane", "time", "A", "B", "outcome", "failure_time", "failure_species"]
    assert first.column_names == second.column_names == names
    assert b"unit" in pq.read_schema(tmp_path / "o.parquet").field("A").metadata
    assert first["outcome"].to_pylist() == second["outcome"].to_pylist()
    assert (
        json.loads(pq.read_metadata(tmp_path / "o.parquet").metadata[b"jakstat"])["manifest"]["complete"]
        is True
    )
    assert (tmp_path / "o.csv").read_text().startswith("# For research")


@pytest.mark.parametrize("kind", FORMATS)
def test_summaries(model, tmp_path, kind):
    table = tmp_path / "t.csv"
    table.write_text("k\n0.5\n1\n")
    run = planned(model, table, outputs=("A",), reduce=("max", "time_of_max", "auc", "final"))
    out = tmp_path / f"o.{kind}"
    report = run_table(run, out)
    assert [c.name for c in run.layout.columns] == ["max_A", "time_of_max_A", "auc_A", "final_A"]
    final = values(out, "final_A").reshape(-1)
    assert final[1] == pytest.approx(final[0] * math.exp(-1.0), rel=1e-4)
    assert report.tally.spreads["final_A"].count == 2


def test_one_lane_without_a_file(model):
    report = run_table(planned(model))
    assert report.single is not None
    assert report.single.values["A"].shape == (1, 5)
    assert report.out is None


def test_only_one_piece_is_held(model, tmp_path):
    """The peak of ten times as many lanes is hardly higher, far below what all of them need."""
    peaks = []
    for count in (200, 2000):
        table = tmp_path / f"{count}.csv"
        table.write_text("k\n" + "".join(f"{0.1 + i / count}\n" for i in range(count)))
        run = planned(model, table, points=200, piece=50, outputs=("A",))
        run.model.simulate([0.0, 1.0])
        run_table(run, tmp_path / f"warm{count}.csv")
        tracemalloc.start()
        run_table(run, tmp_path / f"{count}.csv.csv")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0]
    assert peaks[1] < 2000 * 200 * 8


def test_pieces_are_limited_by_memory_and_by_method(model, lanes):
    assert planned(model, lanes).layout.piece == 4096
    assert planned(model, lanes, method="LSODA").layout.piece == 64
    assert planned(model, lanes, points=100_000).layout.piece < 100


@pytest.mark.parametrize("kind", FORMATS)
def test_resume_of_what_is_complete_does_nothing(model, lanes, tmp_path, kind):
    out = tmp_path / f"o.{kind}"
    first = run_table(planned(model, lanes), out)
    again = run_table(planned(model, lanes), out, resume=True)
    assert again.lanes_now == 0
    assert again.tally == first.tally


@pytest.mark.parametrize("kind", FORMATS)
def test_resume_is_refused_for_other_inputs(model, lanes, tmp_path, kind):
    out = tmp_path / f"o.{kind}"
    run_table(planned(model, lanes), out)
    with pytest.raises(InputError, match="differ: rtol, until"):
        run_table(planned(model, lanes, until=3.0, rtol=1e-5), out, resume=True)


@pytest.mark.parametrize("kind", FORMATS)
def test_resume_of_something_else_is_refused(model, lanes, tmp_path, kind):
    out = tmp_path / f"o.{kind}"
    if kind == "zarr":
        out.mkdir()
    else:
        out.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"resume\.foreign"):
        run_table(planned(model, lanes), out, resume=True)


@pytest.mark.parametrize(
    "tail", [b"# run: {}\n", b"# run: [\n", b'# run: {"rows_end": 1}\n', b'# run: {"rows_end": 7}\n', b""]
)
def test_a_damaged_csv_is_refused(tmp_path, tail):
    (tmp_path / "o.csv").write_bytes(b"lane\n1\n" + tail)
    with pytest.raises(InputError, match=r"resume\.foreign"):
        stored_run(tmp_path / "o.csv")


def test_force_replaces_only_what_is_ours(model, lanes, tmp_path):
    out = tmp_path / "o.zarr"
    run_table(planned(model, lanes), out)
    with pytest.raises(InputError, match=r"file\.exists"):
        run_table(planned(model, lanes), out)
    assert run_table(planned(model, lanes, points=3), out, force=True).complete
    assert xr.open_zarr(out).sizes["time"] == 3
    other = tmp_path / "mine.zarr"
    other.mkdir()
    (other / "x").write_text("mine")
    with pytest.raises(InputError, match=r"file\.exists"):
        run_table(planned(model, lanes), other, force=True)
    assert (other / "x").read_text() == "mine"


def test_a_file_is_no_zarr_folder(tmp_path):
    (tmp_path / "o.zarr").write_text("x")
    with pytest.raises(InputError, match=r"file\.exists"):
        check_out(tmp_path / "o.zarr", force=True, resume=False)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"until": -1.0}, "time.span"),
        ({"until": math.nan}, "time.span"),
        ({"until": math.inf}, "time.span"),
        ({"start": 2.0}, "time.span"),
        ({"points": 1}, "points.range"),
        ({"points": 10**9}, "points.range"),
        ({"threads": 0}, "count.range"),
        ({"rtol": 0.0}, "tolerance.range"),
        ({"atol": 1.5}, "tolerance.range"),
        ({"method": "magic"}, "method.unknown"),
        ({"reduce": ("mode",)}, "reduce.kind"),
        ({"outputs": ("C",)}, "output.unknown"),
    ],
)
def test_options_are_refused(model, options, code):
    with pytest.raises(InputError) as caught:
        planned(model, **options)
    assert [p.code for p in caught.value.problems] == [code]
    assert caught.value.problems[0].field.startswith("--")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "table.columns"),
        ("k,k\n1,2\n", "table.columns"),
        ("k,\n1,2\n", "table.columns"),
        ("lane\na\n", "table.columns"),
        ("k\n", "table.empty"),
        ("k\n1,2\n", "table.cells"),
        ("k\nten\n", "table.number"),
        ("k\nnan\n", "table.number"),
        ("k\n1e999\n", "table.number"),
        ("k\n1_0\n", "table.number"),
        ("k\n１\n", "table.number"),
        ("k\n\x001\n", "file.encoding"),
        ('k\n"1\n', "table.form"),
        ("lane,k\n=cmd(),1\n", "table.lane"),
        ("lane,k\n,1\n", "table.lane"),
        ("lane,k\na\tb,1\n", "table.lane"),
        ("lane,k\na,1\na,2\n", "table.lane"),
        ("k\n" + "x\n" * 100, "table.number"),
    ],
)
def test_tables_are_refused(tmp_path, text, code):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        check_lane_table(path)
    assert {p.code for p in caught.value.problems} == {code}
    assert len(caught.value.problems) <= 20


def test_tables_that_cannot_be_read(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_bytes(b"k\n\xff\n")
    with pytest.raises(InputError, match=r"file\.encoding"):
        check_lane_table(path)
    with pytest.raises(InputError, match=r"file\.missing"):
        check_lane_table(tmp_path)
    path.write_text("k\n" + "1" * 1_000_001)
    with pytest.raises(InputError, match=r"table\.form"):
        check_lane_table(path)
    path.write_text(",".join(f"c{i}" for i in range(10_001)) + "\n")
    with pytest.raises(InputError, match="10001 columns"):
        check_lane_table(path)


@pytest.mark.parametrize("text", ["k\n1\n", "k\n1\n2\n3\n", "k\n1\nx\n"])
def test_a_table_that_changes_is_noticed(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_text("k\n1\n2\n")
    table = check_lane_table(path)
    path.write_text(text)
    with pytest.raises(InputError, match=r"table\.changed"):
        list(table.pieces(10))


def test_pieces_can_be_left_out(lanes):
    table = check_lane_table(lanes)
    assert [(p.first, p.names) for p in table.pieces(2, without={0})] == [
        (2, ("p2", "p3")),
        (4, ("p4", "p5")),
        (6, ("p6",)),
    ]
    assert list(LaneTable(None).pieces(3, without={0})) == []


def test_columns_must_be_settable(model, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("kk\n1\n")
    with pytest.raises(InputError) as caught:
        planned(model, path)
    (found,) = caught.value.problems
    assert (found.code, found.file, found.line) == ("value.unknown", "t.csv", 1)


def test_sizes_are_limited(model, lanes, monkeypatch):
    import jakstat.experiment.model_run as module
    from jakstat.limits import Limits

    monkeypatch.setattr(module, "LIMITS", Limits(run_values=10))
    with pytest.raises(InputError, match="the result would have"):
        planned(model, lanes)
    monkeypatch.setattr(module, "LIMITS", Limits(result_bytes=10))
    with pytest.raises(InputError, match="one lane has"):
        planned(model, lanes)


def test_names_that_cannot_be_columns(tmp_path):
    path = tmp_path / "m.xml"
    path.write_text(sm.sbml(sm.listed("Parameters", [sm.parameter("outcome", 1.0), sm.parameter("k", 1.0)])))
    with pytest.raises(InputError, match=r"output\.name"):
        planned(path)
    assert planned(path, outputs=("k",)).outputs == ("k",)
    path.write_text(sm.sbml(""))
    with pytest.raises(InputError, match=r"output\.none"):
        planned(path)


def test_a_spread_is_that_of_all_lanes_at_once():
    numbers = np.random.default_rng(1).normal(size=100)
    spread = Spread()
    for part in np.array_split(numbers, 7):
        spread = spread.joined(Spread.of(part))
    assert spread.mean == pytest.approx(numbers.mean())
    assert spread.sd == pytest.approx(numbers.std(ddof=1))
    assert spread.joined(Spread.of(np.array([np.nan]))) == spread
    assert math.isinf(Spread.of(np.array([1e300, -1e300])).sd)


def test_a_tally_of_nonsense_is_refused():
    with pytest.raises(ValueError):
        Tally.from_dict({**Tally().to_dict(), "lanes_done": "many"})


def test_a_dropped_file_leaves_nothing(tmp_path):
    held = HeldFile.open(tmp_path / "a", replace=False)
    held.stream.write(b"x")
    held.drop()
    assert list(tmp_path.iterdir()) == []


def test_a_column_is_called_by_its_name_or_else_by_its_id(tmp_path):
    path = tmp_path / "m.xml"
    path.write_text(sm.DECAY.replace('id="A"', 'id="A" name="substrate"'))
    named = {c.name: c.title for c in plan_run(path, RunOptions(1.0, 2)).layout.columns}
    path.write_text(sm.DECAY)
    plain = {c.name: c.title for c in plan_run(path, RunOptions(1.0, 2)).layout.columns}
    assert (named["A"], plain["A"]) == ("substrate", "A")
