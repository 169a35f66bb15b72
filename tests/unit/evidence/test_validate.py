import importlib
import json

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.evidence import validate
from jakstat.knowledge import observations

ALL = observations()
module = importlib.import_module("jakstat.evidence.validate")  # the function hides the module


def some(*ids):
    return [o for o in ALL if o.id in ids]


def test_the_document_has_the_promised_shape():
    found = validate(rows=some("CT01", "CT06", "CT50"))
    d = found.to_document()
    assert set(d) == {"rows", "passed", "failed", "by_role", "manifest", "notice"}
    promised = {"id", "context", "what", "role", "published", "low", "high", "unit", "model", "ok", "source"}
    assert all(set(row) == promised | {"reason"} for row in d["rows"])
    assert d["passed"] + d["failed"] == 2
    assert sum(share["rows"] for share in d["by_role"].values()) == 2
    assert json.loads(json.dumps(d, allow_nan=False)) == d


def test_rows_of_role_input_are_shown_and_do_not_count():
    found = validate(rows=some("CT50", "CT51", "CT52"))
    assert (len(found.rows), len(found.counted), found.passed, found.failed) == (3, 0, 0, 0)
    assert all(row.ok for row in found.rows)
    assert found.rows[0].model == pytest.approx(488000, rel=0.02)


def test_only_one_context():
    found = validate("hepg2", rows=some("CT10", "CT25"))
    assert [row.id for row in found.rows] == ["CT10"]


def test_an_unknown_context_is_an_error():
    with pytest.raises(InputError, match="did you mean 'hepg2'"):
        validate("hepg")


def test_equal_protocols_run_once(monkeypatch):
    seen = []
    real = module.run_protocol
    monkeypatch.setattr(module, "run_protocol", lambda p: seen.append(p) or real(p))
    validate(rows=some("CT01", "CT02", "CT03", "CT06"))
    assert len(seen) == 1
    assert set(seen[0].observe) == {"pSTAT3_nuclear", "pSTAT3_cytoplasmic", "SOCS3_mRNA"}


def test_progress_is_told():
    told = []
    validate(rows=some("CT10", "CT25"), on_row=lambda done, total: told.append((done, total)))
    assert told == [(0, 2), (1, 2), (2, 2)]


def broken(o, **changes):
    return o.model_copy(update=changes)


def test_a_row_that_cannot_run_fails_with_its_reason():
    (o,) = some("CT10")
    wrong = o.protocol.model_copy(update={"stimuli": ("IL66=1nM",)})
    rows = [
        broken(o, protocol=wrong),
        broken(o, observable="nothing", note="because"),
        broken(o, context="hepg"),
    ]
    found = validate(rows=rows)
    assert [row.ok for row in found.rows] == [False] * 3
    assert [row.model for row in found.rows] == [None] * 3
    reasons = [row.reason for row in found.rows]
    assert "no stimulus 'IL66'" in reasons[0]
    assert "no observable 'nothing'" in reasons[1]
    assert reasons[1].endswith("; because"), "the note stands beside a row that has no number too"
    assert "no context 'hepg'" in reasons[2]
    assert found.failed == 3


def test_units_that_do_not_fit_are_a_reason():
    found = validate(rows=[broken(some("CT10")[0], unit="%"), broken(some("CT20")[0], unit="nM")])
    assert "the readout is in 1/cell, the table in %" in found.rows[0].reason
    assert "the series is in ng/ml, the table in nM" in found.rows[1].reason


def test_outside_the_bracket_is_told_with_the_side_and_the_note():
    (o,) = some("CT50")
    counted = broken(o, role="predict")
    high = broken(counted, low=1.0, high=2.0, value=1.5, note="because")
    low = broken(counted, low=1e8, high=2e8, value=1.5e8)
    found = validate(rows=[high, low])
    assert "above the bracket; because" in found.rows[0].reason
    assert "below the bracket" in found.rows[1].reason
    assert found.rows[0].model is not None


def test_a_failed_lane_is_a_failed_row(monkeypatch):
    real = module.run_protocol

    def fails(protocol):
        r = real(protocol)
        for name in r.data_vars:
            r[name].values[0] = np.nan
        return r.assign_coords(outcome=("lane", ["STEP_LIMIT"] * r.sizes["lane"]))

    monkeypatch.setattr(module, "run_protocol", fails)
    found = validate(rows=some("CT10"))
    assert not found.rows[0].ok
    assert "step limit" in found.rows[0].reason


def test_an_ic50_needs_the_run_without_drug():
    found = validate(rows=some("CT33"))
    (trace,) = found.traces
    assert trace.control is not None
    assert trace.control.doses is None
    assert trace.run.doses is not None


def test_it_rests_on_the_sources_of_rows_and_runs():
    found = validate(rows=some("CT10"))
    assert {"zeilfelder2025", "MODEL2503270001"} <= set(found.sources)
