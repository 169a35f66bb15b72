"""Cells of a user's own: saved on top of a cell of the product, found by every command, taken away again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jakstat.biology import assemble, context, contexts, shipped_contexts
from jakstat.biology.draws import draw_vectors
from jakstat.biology.own_contexts import forget_context, save_context
from jakstat.biology.own_folder import own_folder
from jakstat.cli.main import app
from jakstat.errors import InputError
from jakstat.experiment.run import simulate
from jakstat.knowledge.parameter_table import Row

KEY = hashlib.sha256(b"my data").hexdigest()
STAT3 = Row("abundance_STAT3", 100000.0, "1/cell", 80000.0, 120000.0, "fitted", "somebody", "three blots")
KCAT = Row("kcat_STAT3", 10000.0, "1/h", 5000.0, 20000.0, "fitted", "somebody", "")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JAKSTAT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _save(name: str = "my_hepg2", rows: tuple[Row, ...] = (STAT3, KCAT), **more: object) -> Path:
    given = {"like": "hepg2", "title": "my own HepG2", "made_by": "a test", "data_key": KEY, **more}
    return save_context(name, rows=rows, **given)  # type: ignore[arg-type]


def _codes(error: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [p.code for p in error.value.problems]


def test_a_saved_cell_has_the_users_numbers_and_the_rest_of_the_cell_it_is_like(home: Path) -> None:
    assert _save() == home / "contexts" / "my_hepg2.yaml"
    cell, model = context("my_hepg2"), context("hepg2")
    assert contexts() == (*shipped_contexts(), "my_hepg2")
    assert (cell.origin, cell.data_key, cell.like, cell.species) == ("user", KEY, "hepg2", "human")
    assert {row.id: row.value for row in cell.own} == {"abundance_STAT3": 100000.0, "kcat_STAT3": 10000.0}
    assert {(row.grade, row.source) for row in cell.own} == {("user", "user")}
    assert cell.row("abundance_STAT3").note == "three blots"
    kept = {row for row in cell.rows if row.id not in {"abundance_STAT3", "kcat_STAT3"}}
    assert kept == {row for row in model.rows if row.id != "abundance_STAT3"}
    assert cell.told == f"my_hepg2 (your own, like hepg2, data {KEY[:8]})"


def test_another_cell_takes_over_in_the_wider_range_of_a_cell_that_is_like_another() -> None:
    _save("my_line", same_cell=False)
    taken, huh7 = context("my_line").row("abundance_IL6ST"), context("huh7").row("abundance_IL6ST")
    assert (taken.value, taken.low, taken.high, taken.grade) == (huh7.value, huh7.low, huh7.high, "assumed")


def test_numbers_are_read_back_to_the_last_bit() -> None:
    third = replace(STAT3, value=1e6 / 3, low=1e5 / 3, high=1e7 / 3)
    _save(rows=(third,))
    assert context("my_hepg2").row("abundance_STAT3").value == 1e6 / 3


def test_the_model_has_the_numbers_and_the_shipped_model_stays_as_it_is() -> None:
    before = assemble("hepg2", parts="core").model_key
    _save()
    rows = {row.id: row for row in assemble("my_hepg2", parts="core").parameters}
    assert rows["kcat_STAT3"].value == 10000.0
    assert rows["abundance_STAT3"].unit == "zmol"
    assert rows["abundance_STAT3"].value == pytest.approx(100000.0 / 602.214076, rel=1e-12)
    assert assemble("hepg2", parts="core").model_key == before


def test_a_cell_that_is_replaced_counts_at_once() -> None:
    """Every number set to that of hepg2 gives hepg2's curve; half the STAT3 gives another one."""
    given = {"stimuli": "IL6=10ng/ml", "observe": "pSTAT3", "until": "30min", "points": 4, "parts": "core"}
    same = replace(STAT3, value=487666.0, high=6e5)
    _save(rows=(same,))
    first, model = simulate("my_hepg2", **given), simulate("hepg2", **given)  # type: ignore[arg-type]
    assert (first["pSTAT3"].values == model["pSTAT3"].values).all()
    _save(rows=(replace(same, value=243833.0),), replace=True)
    second = simulate("my_hepg2", **given)  # type: ignore[arg-type]
    assert (second["pSTAT3"].values[-1] < first["pSTAT3"].values[-1]).all()


def test_the_question_names_whose_cell_it_is_and_its_data() -> None:
    _save()
    result = CliRunner().invoke(
        app,
        ["simulate", "my_hepg2", "--stimulus", "IL6=10ng/ml", "--parts", "core", "--points", "3", "--json"],
    )
    document = json.loads(result.stdout)
    assert document["question"]["context"] == f"my_hepg2 (your own, like hepg2, data {KEY[:8]})"
    assert document["question"]["context_data"] == KEY
    assert any(KEY in note and "abundance_STAT3, kcat_STAT3" in note for note in document["notes"])
    assert "user" in document["manifest"]["sources"]


def test_states_are_put_on_an_own_cell_and_stay_with_one_that_is_like_it() -> None:
    _save()
    with_virus = context("my_hepg2+HBV")
    assert with_virus.name == "my_hepg2+HBV"
    assert with_virus.states == ("HBV",)
    assert with_virus.told.startswith("my_hepg2+HBV (your own, like hepg2")
    _save("second", like="my_hepg2+HBV", rows=(replace(STAT3, value=90000.0),))
    cell = context("second")
    assert cell.like == "hepg2+HBV"
    assert cell.row("kcat_STAT3").value == 10000.0
    assert cell.row("abundance_STAT3").value == 90000.0
    assert f"data {KEY[:8]}" in cell.row("kcat_STAT3").note
    with pytest.raises(InputError) as error:
        context("second+HBV")
    assert _codes(error) == ["state.twice"]


def test_vectors_are_drawn_within_the_users_own_range() -> None:
    _save()
    model = assemble("my_hepg2", parts="core")
    drawn = draw_vectors(model.parameters, lanes=200, seed=1)["kcat_STAT3"]
    assert drawn[0] == 10000.0
    assert 5000.0 <= drawn.min() < 6000.0
    assert 17000.0 < drawn.max() <= 20000.0


@pytest.mark.parametrize("name", ["hepg2", "HepG2", "HBV", "my cell", "1st", "", "../x", "a" * 41, "my+cell"])
def test_a_name_of_the_product_or_no_word_is_refused(name: str, home: Path) -> None:
    with pytest.raises(InputError) as error:
        _save(name)
    assert _codes(error) == ["own.name"]
    assert not home.exists()


def test_every_fault_of_the_rows_is_told_at_once_and_nothing_is_written(home: Path) -> None:
    rows = (
        replace(STAT3, unit="nM"),
        replace(KCAT, value=float("nan")),
        replace(KCAT, id="kcat_STAT99"),
        replace(KCAT, value=1.0),
    )
    with pytest.raises(InputError) as error:
        _save(rows=rows, data_key="3f2a")
    messages = [p.message for p in error.value.problems]
    assert any("abundance_STAT3 is in nM and not in 1/cell" in m for m in messages)
    assert any("'kcat_STAT99' is no number of hepg2" in m for m in messages)
    assert sum("lies outside" in m for m in messages) == 2
    assert any("given twice" in m for m in messages)
    assert any("no SHA-256" in m for m in messages)
    assert not home.exists()


def test_one_of_the_users_own_is_replaced_only_when_asked() -> None:
    _save()
    for name in ("my_hepg2", "MY_HepG2"):
        with pytest.raises(InputError) as error:
            _save(name)
        assert _codes(error) == ["own.exists"]
    _save(rows=(STAT3,), replace=True)
    assert [row.id for row in context("my_hepg2").own] == ["abundance_STAT3"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("100000.0", "ten"),
        ("kind: jakstat.context", "kind: another"),
        ("same_cell: true", "same_cell: perhaps"),
        (KEY, KEY[:10]),
        ("rows:", "rows: []\nmore:"),
        ("abundance_STAT3", "abundance_STAT99"),
        ("low: 80000.0", "low: 300000.0"),
        ("name: my_hepg2", "name: [my_hepg2]"),
    ],
)
def test_a_file_that_was_spoilt_is_refused_by_name(old: str, new: str) -> None:
    place = _save()
    text = place.read_text(encoding="utf-8")
    assert old in text
    place.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as error:
        context("my_hepg2")
    assert set(_codes(error)) == {"own.file"}
    result = CliRunner().invoke(app, ["contexts"])
    assert result.exit_code == 2


def test_an_own_cell_is_listed_shown_explained_and_forgotten() -> None:
    _save()
    run = CliRunner()
    listed = run.invoke(app, ["contexts"]).stdout
    assert "my own HepG2; " in listed
    assert f"your own, data {KEY[:8]}" in listed
    shown = run.invoke(app, ["contexts", "my_hepg2"]).stdout
    assert "kcat_STAT3: 1e+04 1/h [5000 .. 2e+04], user, user" in shown
    assert f"made by a test; SHA-256 of the data {KEY}" in shown
    why = run.invoke(app, ["why", "my_hepg2"])
    assert why.exit_code == 0
    assert "kcat_STAT3" in why.stdout
    assert run.invoke(app, ["contexts", "--forget", "hepg2"]).exit_code == 2
    assert run.invoke(app, ["contexts", "--forget", "my_hepg2"]).exit_code == 0
    assert contexts() == shipped_contexts()
    with pytest.raises(InputError) as error:
        forget_context("my_hepg2")
    assert _codes(error) == ["own.unknown"]


def test_the_folder_follows_the_platform_when_no_home_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JAKSTAT_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert own_folder() == tmp_path / "jakstat"


def test_a_folder_that_cannot_be_written_is_told_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("JAKSTAT_HOME", str(tmp_path / "file"))
    with pytest.raises(InputError) as error:
        _save()
    assert "JAKSTAT_HOME" in error.value.problems[0].hint
