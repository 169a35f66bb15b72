import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.plan import make_plan, protocol_parts, stimulus_names
from jakstat.experiment.resting import loaded_cell


def plan(context="hepg2", **more):
    protocol = make_protocol(context, **{"parts": "auto", **more})
    cell = loaded_cell(context, protocol_parts(protocol))
    return make_plan(protocol, cell.assembly, cell.model.network)


def codes(**more):
    with pytest.raises(InputError) as caught:
        plan(**more)
    return [p.code for p in caught.value.problems]


def volume(context="hepg2"):
    return next(r.value for r in loaded_cell(context).assembly.parameters if r.id == "medium")


def test_stimuli_are_the_dissolved_species_that_are_no_drugs():
    assert {"IL6", "sIL6R", "sgp130"} <= set(stimulus_names(loaded_cell("hepg2").model.network))
    assert "ruxolitinib" not in stimulus_names(loaded_cell("hepg2").model.network)


def test_a_mass_dose_goes_through_the_molar_mass():
    (dose,) = plan(stimuli="IL6=21ng/ml").doses[0]
    assert dose.amount == pytest.approx(1.0 * volume())
    assert (dose.time, dose.target, dose.action) == (0.0, "IL6", "add")
    (dose,) = plan(drugs="ruxolitinib=306.4ng/ml").doses[0]
    assert dose.amount == pytest.approx(1000.0 * volume())


def test_a_mass_dose_without_a_molar_mass_is_refused():
    assert codes(stimuli="sIL6R=1ng/ml") == ["unit.molar_mass"]


def test_two_series_give_all_combinations():
    found = plan(stimuli="IL6=1,10nM", drugs="ruxolitinib=0,5,50nM")
    assert found.lanes == 6
    assert [a.name for a in found.axes] == ["IL6", "ruxolitinib"]
    assert found.levels[0].tolist() == [1, 1, 1, 10, 10, 10]
    assert found.levels[1].tolist() == [0, 5, 50, 0, 5, 50]
    amounts = [{d.target: d.amount / volume() for d in lane} for lane in found.doses]
    assert amounts[4] == pytest.approx({"IL6": 10, "ruxolitinib": 5})


def test_too_many_combinations():
    many = "0.1..1nM:999"
    assert codes(stimuli=f"IL6={many}", drugs=f"ruxolitinib={many}") == ["lanes.too-many"]


def test_factors_before_and_during():
    found = plan(perturb=["SOCS3=0", "IL6R=0,1"])
    assert found.parameters["factor_SOCS3"].tolist() == [0.0]
    assert found.parameters["factor_IL6R"].tolist() == [0.0, 1.0]
    (dose,) = plan(perturb="SOCS3=0@1h").doses[0]
    assert (dose.time, dose.target, dose.amount, dose.action) == (1.0, "factor_SOCS3", 0.0, "set")
    assert codes(perturb="STAT3=0@1h") == ["gene.timed"]


def test_a_pulse_ends_with_everything_that_holds_the_ligand():
    lane = plan(stimuli="IL6=1nM@0h..1h").doses[0]
    ended = {d.target for d in lane if d.time == 1.0}
    assert {"IL6", "IL6_sIL6R", "IL6_sIL6R_sgp130"} <= ended
    assert "sIL6R" not in ended
    assert all(d.amount == 0.0 and d.action == "set" for d in lane if d.time == 1.0)


def test_a_medium_change_takes_everything_and_comes_before_what_is_given_then():
    drugs = ["ruxolitinib=1nM@-1h", "Stattic=1nM@-1h"]
    lane = plan(stimuli="IL6=1nM@0h,1h", drugs=drugs, medium_changes="1h").doses[0]
    at_change = [d for d in lane if d.time == 1.0]
    assert at_change[-1].action == "add"
    assert {d.target for d in at_change[:-1]} >= {"IL6", "sIL6R", "ruxolitinib", "Stattic"}


def test_switches():
    found = plan(treatments="cycloheximide@0h..1h").doses[0]
    assert [(d.time, d.target, d.amount, d.action) for d in found] == [
        (0.0, "cycloheximide", 1.0, "set"),
        (1.0, "cycloheximide", 0.0, "set"),
    ]


def test_without_depletion_the_medium_is_large_and_the_concentration_the_same():
    found = plan(stimuli="IL6=1nM", depletion=False)
    size = found.parameters["medium"][0]
    assert size > 1000 * volume()
    assert found.doses[0][0].amount == pytest.approx(size)


def test_mouse_ligand_on_human_cells_does_nothing_and_says_so():
    found = plan(stimuli="IL6(mouse)=1nM")
    assert found.doses[0][0].amount == 0.0
    assert "does not act on human cells" in found.notes[0]
    assert plan("mouse_hepatocyte", stimuli="IL6(mouse)=1nM").notes == ()


def test_doses_of_one_drug_may_differ_in_size():
    found = plan(drugs=["ruxolitinib=500nM", "Jakafi=187nM@8h,16h"], until="24h")
    given = [(d.time, d.target, d.amount / volume()) for d in found.doses[0]]
    assert given == [(0, "ruxolitinib", pytest.approx(500)), (8, "ruxolitinib", pytest.approx(187)),
                     (16, "ruxolitinib", pytest.approx(187))]  # fmt: skip
    series = plan(drugs=["ruxolitinib=1,10nM@8h", "ruxolitinib=500nM"], until="24h")
    assert [[d.amount / volume() for d in lane] for lane in series.doses] == [
        pytest.approx([500, 1]),
        pytest.approx([500, 10]),
    ]
    assert len(plan("mouse_hepatocyte", stimuli=["IL6(mouse)=1nM", "IL6(mouse)=2nM@1h"]).doses[0]) == 2


def test_times_hold_every_moment_once():
    found = plan(
        stimuli="IL6=1nM@0h..20min", drugs="ruxolitinib=1nM@-1h", until="2h", points=4, read_at="25min"
    )
    assert np.all(np.diff(found.times) > 0)
    assert found.times[0] == -1.0
    for moment in (0.0, 1 / 3, 25 / 60, 2.0):
        assert np.abs(found.times - moment).min() < 1e-12


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"stimuli": "IL66=1nM"}, ["stimulus.unknown"]),
        ({"stimuli": "ruxolitinib=1nM"}, ["stimulus.unknown"]),
        ({"drugs": "foo=1nM"}, ["drug.unknown"]),
        ({"treatments": "foo"}, ["drug.unknown"]),
        ({"perturb": "TP54=0"}, ["gene.unknown"]),
        ({"drugs": "cycloheximide=1nM"}, ["drug.dose"]),
        ({"treatments": "ruxolitinib"}, ["drug.dose"]),
        ({"stimuli": ["IL6=1nM", "IL6=2nM"]}, ["name.twice"]),
        ({"stimuli": ["IL6=1nM", "IL6=1nM"]}, ["name.twice"]),
        ({"drugs": ["ruxolitinib=1nM", "Jakafi=100nM"]}, ["name.twice"]),
        ({"drugs": ["ruxolitinib=1nM@0h+4hx3", "ruxolitinib=2nM@240min"], "until": "9h"}, ["name.twice"]),
        ({"drugs": ["ruxolitinib=1,2nM", "ruxolitinib=3,4nM@2h"]}, ["name.twice"]),
        ({"stimuli": ["IL6=1nM", "IL6(mouse)=1nM@2h"]}, ["name.twice"]),
        ({"treatments": ["cycloheximide@0h", "CHX@1h"]}, ["name.twice"]),
        ({"perturb": ["SOCS3=0", "SOCS3=1"]}, ["name.twice"]),
        ({"stimuli": "IL66=1nM", "drugs": "foo=1nM", "perturb": "TP54=0"},
         ["stimulus.unknown", "drug.unknown", "gene.unknown"]),
    ],
)  # fmt: skip
def test_names_are_checked_together(more, wanted):
    assert codes(**more) == wanted


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"stimuli": "IL6=10,5ng/ml"}, "two doses, 10 and 5 ng/ml"),
        ({"stimuli": {"IL6": "0,5 ng/ml"}}, "two doses, 0 and 5 ng/ml"),
        ({"perturb": "SOCS3=0,5"}, "two factors, 0 and 5"),
    ],
)
def test_a_list_that_may_be_a_decimal_comma_is_told_as_it_was_read(more, said):
    assert any(said in note for note in plan(**{"stimuli": "IL6=1nM", **more}).notes)
    assert plan(stimuli="IL6=10.5,5ng/ml").notes == ()
    assert plan(stimuli="IL6=1,5,10ng/ml").notes == ()


@pytest.mark.parametrize(
    ("drugs", "said"),
    [
        (["ruxolitinib=1nM", "Jakafi=2nM"], "ruxolitinib (also as Jakafi) is given twice at 0 h"),
        (["Jakafi=1nM@2h", "Jakafi=2nM@2h"], "Jakafi is given twice at 2 h"),
    ],
)
def test_what_is_given_twice_is_named_as_it_was_written(drugs, said):
    with pytest.raises(InputError) as caught:
        plan(drugs=drugs)
    assert [p.message for p in caught.value.problems] == [said]
