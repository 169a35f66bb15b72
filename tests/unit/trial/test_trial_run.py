"""A trial's run: the same bytes for any number of workers, and what a folder says of it."""

import json

import pyarrow.parquet as pq
import pytest
import xarray as xr

import trial_fakes as tf
from jakstat.errors import InputError
from jakstat.places import place_of
from jakstat.population.cohort import cohort
from jakstat.trial.patient_source import DrawnPatients
from jakstat.trial.run_record import check_run, read_record
from trial_fakes import content, ran


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return ran(tmp_path_factory.mktemp("trial") / "whole")


def test_tables_hold_every_patient_in_order(whole):
    patients = pq.read_table(whole.local / "patients.parquet").to_pandas()
    assert patients["patient"].tolist() == [k for k in range(200) for _ in tf.ARMS]
    assert patients["arm"].tolist() == list(tf.ARMS) * 200
    assert patients["base_IL6"].tolist()[::2] == cohort("sharp", 200, seed=1).numbers["IL6"].tolist()
    assert pq.read_table(whole.local / "visits.parquet").num_rows == 200 * 2 * 3
    courses = xr.open_zarr(whole.local / "courses.zarr")
    assert dict(courses.sizes) == {"patient": 3, "arm": 2, "time_h": 3}
    assert (
        courses["CRP"].sel(patient=2, arm="placebo", time_h=1008.0)
        == pq.read_table(
            whole.local / "visits.parquet", filters=[("patient", "==", 2), ("visit_h", "==", 1008.0)]
        )["sum_read"][0].as_py()
    )


@pytest.mark.parametrize("workers", [2, pytest.param(4, marks=pytest.mark.long)])
def test_any_number_of_workers_gives_the_same_bytes(whole, tmp_path, workers):
    assert content(ran(tmp_path / "o", workers=workers)) == content(whole)


@pytest.mark.long
@pytest.mark.parametrize("url", ["memory://trial/o", "file://{}/o"])
def test_any_url_takes_the_same_bytes(whole, tmp_path, url):
    url = url.format(tmp_path)
    place = ran(url)
    assert content(place) == content(whole)
    assert check_run(url).complete
    place.write("chunks/chunk-000001", b"spoilt")
    assert [d.chunk for d in check_run(url).damage] == [1]
    ran(url, resume=True)
    assert content(place) == content(whole)


def test_patients_drawn_where_they_are_used_are_the_same(whole, tmp_path):
    other = ran(tmp_path / "o", patients=DrawnPatients("sharp", 1, range(200)))
    tables = [pq.read_table(p.local / "patients.parquet").replace_schema_metadata() for p in (whole, other)]
    assert tables[0].equals(tables[1])


def test_the_record_says_what_made_it_and_nothing_of_when_or_where(whole):
    record = read_record(whole)
    assert record.made["inputs"]["design"]["seed"] == 1
    assert record.made["inputs"]["chunk"] == 64
    assert record.outputs["patients.parquet"] == content(whole)["patients.parquet"]
    assert str(whole.local.parent) not in json.dumps(record.to_dict())


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr("jakstat.trial.trial_run.TrialWorkers.started", lambda self, work: tf.AtOnce(work))


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("change", "named"),
    [({"seed": 2}, "design.seed"), ({"name": "other"}, "design.name"), ({"until_h": 1.0}, "design.until_h")],
)
def test_a_run_of_another_design_is_refused_by_what_differs(tmp_path, change, named):
    ran(tmp_path / "o", tf.design(patients=3))
    with pytest.raises(InputError, match=rf"these differ: (cohort, )?{named}\b") as caught:
        ran(tmp_path / "o", tf.design(patients=3, **change), resume=True)
    assert caught.value.problems[0].code == "store.other"


@pytest.mark.usefixtures("at_once")
def test_another_version_of_the_code_is_refused(tmp_path, monkeypatch):
    ran(tmp_path / "o", tf.design(patients=3))
    monkeypatch.setattr("jakstat.trial.trial_run.deciding_source", lambda: "0" * 64)
    with pytest.raises(InputError, match="these differ: source"):
        ran(tmp_path / "o", tf.design(patients=3), resume=True)


@pytest.mark.usefixtures("at_once")
def test_a_folder_that_is_there_is_gone_on_with_only_when_asked(tmp_path):
    ran(tmp_path / "o", tf.design(patients=3))
    with pytest.raises(InputError, match="--resume"):
        ran(tmp_path / "o", tf.design(patients=3))
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="something else"):
        ran(tmp_path / "p", tf.design(patients=3))
    assert place_of(tmp_path / "p").names() == ("mine.txt",)
