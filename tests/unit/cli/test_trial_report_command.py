"""The command `jakstat trial report`."""

import hashlib
import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app
from jakstat.places import place_of
from jakstat.trial.run_record import read_record, write_record
from trial_tables import fake_arrow, fake_question, written_run

RUN = CliRunner()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What a run leaves, as far as it is read; deaths only, so that there is one curve to draw."""
    asked = fake_question(patients=120, endpoints=("OS",))
    return written_run(tmp_path_factory.mktemp("run"), asked, fake_arrow(patients=120), document=False)


@pytest.mark.long
def test_the_page_and_the_figure_are_written_and_named(folder, tmp_path):
    page, picture = tmp_path / "page.html", tmp_path / "curves.png"
    done = RUN.invoke(app, ["trial", "report", str(folder), "--out", str(page), "--plot", str(picture)])
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[:2] == [f"wrote {page}", f"wrote {picture}"]
    assert "not for treating a patient" in done.stdout
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (["--out", "{there}"], "file.exists"),
        (["--plot", "curves.bmp"], "figure.format"),
        (["--plot", "curves.png", "--endpoint", "RFS"], "trial.endpoint"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_is(folder, tmp_path, monkeypatch, more, code):
    there = tmp_path / "there.html"
    there.write_text("mine")
    monkeypatch.chdir(tmp_path)
    done = RUN.invoke(app, ["trial", "report", str(folder), *(m.format(there=there) for m in more), "--json"])
    assert done.exit_code == 2
    assert [p["code"] for p in json.loads(done.stdout)["problems"]] == [code]
    assert there.read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["there.html"]
    assert not (folder / "report.html").exists()


def test_a_folder_without_a_run_is_refused(tmp_path):
    done = RUN.invoke(app, ["trial", "report", str(tmp_path), "--json"])
    assert done.exit_code == 2
    assert json.loads(done.stdout)["problems"][0]["code"].startswith("trial.")


def test_the_page_in_the_folder_is_listed_with_its_checksum(folder):
    place = place_of(str(folder))
    write_record(place, replace(read_record(place), outputs={}))
    done = RUN.invoke(app, ["trial", "report", str(folder), "--json"])
    assert json.loads(done.stdout)["files"] == [str(folder / "report.html")]
    page = (folder / "report.html").read_bytes()
    assert read_record(place).outputs == {"report.html": hashlib.sha256(page).hexdigest()}
