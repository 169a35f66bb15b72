import pytest

from jakstat.errors import InputError
from jakstat.experiment.describe import make_protocol


def codes(**more):
    with pytest.raises(InputError) as caught:
        make_protocol("hepg2", **more)
    return [p.code for p in caught.value.problems]


def test_a_mapping_a_list_and_a_text_are_the_same():
    by_mapping = make_protocol("hepg2", stimuli={"IL6": "10 ng/ml"}, drugs={"ruxolitinib": "500nM@-30min"})
    by_list = make_protocol("hepg2", stimuli=["IL6=10ng/ml"], drugs=["ruxolitinib=500nM@-30min"])
    by_text = make_protocol("hepg2", stimuli="IL6=10ng/ml", drugs="ruxolitinib=500nM@-30min")
    assert by_mapping == by_list == by_text
    assert by_mapping.start == -0.5


def test_numbers_may_be_numbers():
    assert make_protocol("hepg2", perturb={"SOCS3": 0.0}).perturbations[0].factors == (0.0,)


def test_treatments_by_mapping():
    treatments = make_protocol(
        "hepg2", treatments={"cycloheximide": "0h..1h", "actinomycin_D": None}
    ).treatments
    assert [(t.on, t.off) for t in treatments] == [(0.0, 1.0), (0.0, None)]


def test_a_treatment_with_a_dose_is_a_drug_and_a_drug_without_one_a_treatment():
    protocol = make_protocol("hepg2", treatments=["Stattic=20uM@-60min"], drugs=["cycloheximide@0h"])
    assert [d.name for d in protocol.drugs] == ["Stattic"]
    assert [t.name for t in protocol.treatments] == ["cycloheximide"]


def test_the_start_is_the_earliest_moment():
    assert make_protocol("hepg2").start == 0.0
    assert make_protocol("hepg2", medium_changes="-10min").start == pytest.approx(-1 / 6)
    assert make_protocol("hepg2", stimuli="IL6=1nM@1h").start == 0.0


def test_all_faults_come_at_once():
    found = codes(stimuli=["IL6=10h", "IL6=-1nM"], drugs=["x"], until="soon", points=1)
    assert found == ["unit.clash", "dose.negative", "text.no-equals", "number.text", "points.range"]


@pytest.mark.parametrize("until", ["0h", "0", "-1h"])
def test_the_end_is_after_time_zero(until):
    assert codes(until=until) == ["time.span"]


def test_nothing_is_done_after_the_end():
    assert codes(stimuli="IL6=1nM@7h", until="6h") == ["time.late"]
    assert codes(stimuli="IL6=1nM@0h..7h", until="6h") == ["time.late"]


def test_the_reading_time_lies_within():
    assert codes(read_at="7h", until="6h") == ["time.span"]


def test_too_many_entries():
    assert codes(stimuli=["IL6=1nM"] * 1000) == ["entries.too-many"]
    assert codes(points=10**9) == ["points.range"]


@pytest.mark.parametrize("given", [["0", "5h"], ["0h", "1", "2h"]])
def test_a_time_of_a_list_has_a_unit(given):
    """0,5h of an experiment file may be half an hour."""
    with pytest.raises(InputError) as caught:
        make_protocol("hepg2", stimuli="IL6=1nM", medium_changes=given, until="6h")
    assert "unit.missing" in {p.code for p in caught.value.problems}
    assert make_protocol("hepg2", medium_changes=["0"]).medium_changes == (0.0,)
