import pytest
from pydantic import ValidationError

from jakstat.knowledge import Measure, Observation, ProtocolText, observations, sources

ROW = {
    "id": "CT01",
    "context": "hepg2",
    "what": "peak",
    "protocol": "stimulus IL6=10ng/ml",
    "against": "",
    "observable": "pSTAT3",
    "measure": "time_of_peak(0min..240min)",
    "value": "20",
    "low": "10",
    "high": "30",
    "unit": "min",
    "role": "fit",
    "source": "a1; b2",
    "note": "",
}


def test_row_becomes_a_frozen_record():
    found = Observation.model_validate(ROW)
    assert found.source == ("a1", "b2")
    assert found.measure.times == (0.0, 4.0)
    assert found.against is None
    with pytest.raises(ValidationError, match="frozen"):
        found.value = 3.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"value": "40"}, "outside 10 .. 30"),
        ({"value": "nan"}, "finite"),
        ({"value": "=1+1"}, "number"),
        ({"low": "31", "high": "30"}, "outside"),
        ({"unit": "nM"}, "time_of_peak is given in min"),
        ({"unit": "furlong"}, "Input should be"),
        ({"role": "guess"}, "Input should be"),
        ({"source": " ; "}, "at least 1"),
        ({"id": "1"}, "pattern"),
        ({"against": "none"}, "a control"),
        ({"measure": "mean_ratio(0h..1h)", "unit": "fold"}, "a control"),
        ({"measure": "time_of_peak(5min)"}, "a window"),
        ({"measure": "time_of_peak(4h..1h)"}, "run forward"),
        ({"measure": "value(-1h)", "unit": "nM"}, "negative"),
        ({"measure": "value(1nM)", "unit": "nM"}, "not a time"),
        ({"measure": "__import__('os')"}, "no measure"),
        ({"protocol": "inject IL6"}, "no clause"),
        ({"protocol": "stimulus "}, "no clause"),
        ({"protocol": ""}, "no clause"),
        ({"extra": "1"}, "Extra"),
    ],
)
def test_what_is_wrong_is_said(change, words):
    with pytest.raises(ValidationError, match=words):
        Observation.model_validate(ROW | change)


def test_brackets_are_closed_and_nan_never_agrees():
    found = Observation.model_validate(ROW)
    assert [found.agrees(v) for v in (10.0, 30.0, 9.99, 30.01, float("nan"), float("inf"))] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "none",
        "stimulus IL6=1..5nM:3",
        "stimulus IL6=1nM; drug ruxolitinib=5nM@-1h; treat cycloheximide; perturb SOCS3=0",
    ],
)
def test_protocol_reads_back(text):
    assert str(ProtocolText.parse(text)) == text


def test_measures():
    assert Measure.parse("abundance").times == ()
    assert Measure.parse("share_of_peak(240min)").times == (4.0,)


def test_shipped_table_is_what_was_published():
    rows = [r for r in observations() if r.id.startswith("CT")]
    assert len(rows) == 42
    assert {r.role for r in rows} == {"fit", "predict", "input"}
    assert len({r.id for r in rows}) == 42
    assert {key for r in rows for key in r.source} <= set(sources())
    assert {r.context for r in rows} == {"hepg2", "mouse_hepatocyte"}


def test_shipped_brackets_are_those_of_the_facts():
    """No bracket is widened, no row dropped: the published list decides."""
    import csv

    from shared_data import SHARED

    path = SHARED / "facts" / "cell-targets.csv"
    if not path.is_file():
        pytest.skip("the facts are not beside the checkout (../shared)")
    with path.open(encoding="utf-8", newline="") as stream:
        wanted = {
            r["id"]: (
                r["context"],
                float(r["published"]),
                float(r["low"]),
                float(r["high"]),
                r["unit"],
                r["role"],
            )
            for r in csv.DictReader(stream)
        }
    found = {r.id: (r.context, r.value, r.low, r.high, r.unit, r.role) for r in observations()}
    assert {key: row for key, row in found.items() if key.startswith("CT")} == wanted


def test_shipped_brackets_are_sealed():
    """The same without the facts at hand: the key changes when any number, unit or role does."""
    from jakstat.identity import content_key

    sealed = {
        "CT": "af78964c8ca156f121ba8757c56823e5c9fd19337c118f223e68d3b5c044e60a",
        "BR": "10f91590b4de6f9a3ee23cabe4e789e20c9f6f45e6f48f7f6d99bf17afbdb310",
        "XT": "0de19570c8a34687871997b578de716fcb116c600e92943457a1c78f3c739eec",
        "GN": "9504081c0a5efc806cfde2a357369f59cb9ed3df5fa9e05e9cd776e8360508ca",
        "PR": "2e6128636c4a5aea137974e04d0be2ff62be05e9aebc144b2265458b770f8438",
        "GR": "589f31f089bf4bfd6d1404685dffeb4960c44dbf98049518b6361041a6083171",
    }
    rows: dict[str, list[object]] = {}
    for r in (*observations(), *observations(growth=True)):
        rows.setdefault(r.id[:2], []).append([r.id, r.context, r.value, r.low, r.high, r.unit, r.role])
    assert {series: content_key(found) for series, found in rows.items()} == sealed


def test_every_observation_can_be_run():
    """Context and observable are those of the biology room; series are single."""
    biology = pytest.importorskip("jakstat.biology")
    observables = {o.name for o in biology.observables()}
    for row in observations(contexts=biology.contexts()):
        assert row.observable in observables, row.id
        series = [e for e in (*row.protocol.stimuli, *row.protocol.drugs) if ".." in e.partition("@")[0]]
        assert len(series) == (
            1 if row.measure.name in ("ec50", "ic50", "ec50_ratio") or row.id == "CT29" else 0
        )
