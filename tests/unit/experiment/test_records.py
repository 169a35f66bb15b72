import csv
import io
import json
import math
from pathlib import Path

import numpy as np
import pytest

from jakstat.answer_tables import answer_table
from jakstat.experiment.records import half_maxima, responses, result_rows, to_document
from jakstat.experiment.run import simulate

KEYS = {"context", "question", "time_h", "observables", "outcome", "manifest", "notes", "notice"}


@pytest.fixture(scope="module")
def single():
    return simulate(
        "hepg2", stimuli="IL6=10ng/ml", observe="pSTAT3,SOCS3", until="1h", points=7, parts="auto"
    )


@pytest.fixture(scope="module")
def series():
    return simulate(
        "hepg2",
        stimuli="IL6=0.1..500ng/ml:8",
        observe="pSTAT3,SOCS3",
        until="1h",
        points=7,
        read_at="20min",
        parts="auto",
    )


def test_the_document_of_one_simulation(single):
    d = to_document(single)
    assert set(d) == KEYS
    assert d["context"] == "hepg2"
    assert d["outcome"] == "OK"
    assert d["observables"]["pSTAT3"]["unit"] == "1/cell"
    assert len(d["observables"]["pSTAT3"]["values"]) == len(d["time_h"])
    assert json.loads(json.dumps(d, allow_nan=False)) == d


def test_the_document_of_a_series(series):
    d = to_document(series)
    assert set(d) == KEYS | {"series"}
    assert np.shape(d["observables"]["pSTAT3"]["values"]) == (8, len(d["time_h"]))
    s = d["series"]
    assert (s["name"], s["unit"], s["kind"], len(s["doses"])) == ("IL6", "ng/ml", "stimulus", 8)
    assert s["read"] == {"time_h": pytest.approx(1 / 3)}
    half = s["EC50"]["pSTAT3"]
    assert set(half) == {"kind", "value", "unit", "hill", "bottom", "top", "method", "note"}
    assert json.dumps(d, allow_nan=False)


def test_two_series_give_one_half_maximum_per_level():
    r = simulate("hepg2", stimuli="IL6=0.1..500ng/ml:6", drugs="ruxolitinib=0,500nM", observe="pSTAT3",
                 until="30min", points=4, parts="auto")  # fmt: skip
    found = half_maxima(r)
    assert [at for at, _ in found] == [{"ruxolitinib": 0.0}, {"ruxolitinib": 500.0}]
    s = to_document(r)["series"]
    assert s["also_varied"][0]["name"] == "ruxolitinib"
    assert [e["at"]["ruxolitinib"] for e in s["EC50"]] == [0.0, 500.0]
    assert s["read"] == "peak"


def test_a_single_simulation_has_no_half_maximum(single):
    assert half_maxima(single) == []


def test_responses_are_peaks_or_readings(series):
    read = responses(series, "pSTAT3")
    i = int(np.abs(series["time"].values - 1 / 3).argmin())
    np.testing.assert_array_equal(read, series["pSTAT3"].values[:, i])
    peak = series.assign_attrs(read_at_h=None)
    np.testing.assert_array_equal(responses(peak, "pSTAT3"), series["pSTAT3"].values.max(axis=1))


def test_every_key_is_explained_in_the_documents(series):
    page = (Path(__file__).resolve().parents[3] / "docs" / "json.md").read_text(encoding="utf-8")
    d = to_document(series)
    for key in [*d, *d["series"], *d["series"]["EC50"]["pSTAT3"], *d["manifest"]]:
        assert f"`{key}`" in page or f'"{key}"' in page or key in ("kind", "software"), key


def as_csv(result):
    return answer_table(result_rows(result), "asked").csv_text()


def test_failed_lanes_are_null_in_json_and_empty_in_the_table(series):
    broken = series.copy(deep=True)
    broken["pSTAT3"].values[2] = np.nan
    d = to_document(broken)
    assert d["observables"]["pSTAT3"]["values"][2] == [None] * len(d["time_h"])
    assert math.isfinite(d["series"]["EC50"]["pSTAT3"]["value"])
    rows = list(csv.DictReader(io.StringIO(as_csv(broken).split("\n", 2)[2])))
    assert {r["value"] for r in rows if r["lane"] == "2" and r["observable"] == "pSTAT3"} == {""}


def test_the_table_reads_back_exactly(series):
    text = as_csv(series)
    assert text.startswith("# For research; not for treating a patient.")
    rows = list(csv.DictReader(io.StringIO(text.split("\n", 2)[2])))
    assert len(rows) == 8 * 2 * series.sizes["time"]
    mine = [float(r["value"]) for r in rows if r["lane"] == "3" and r["observable"] == "SOCS3"]
    np.testing.assert_array_equal(mine, series["SOCS3"].values[3])
    assert float(rows[0]["IL6_ng/ml"]) == series["dose_IL6"].values[0]
