"""The trials that are shipped as examples can be read, and say what they ask."""

from pathlib import Path

import pytest

from jakstat.trial.trial_file import read_trial
from jakstat.trial.trial_mapping import trial_mapping

FOLDER = Path(__file__).resolve().parents[3] / "examples" / "trials"
FILES = sorted(FOLDER.glob("*.yaml"))


def test_there_are_some():
    assert len(FILES) >= 13


@pytest.mark.parametrize("file", FILES, ids=lambda p: p.stem)
def test_an_example_is_read_and_written_back(file):
    design = read_trial(file)
    assert file.read_text(encoding="utf-8").startswith("# ")
    assert len(design.arms) >= 2
    again = read_trial(trial_mapping(design))
    assert trial_mapping(again) == trial_mapping(design)
    assert again.arms == design.arms
    assert again.visits_h == design.visits_h


def test_published_designs():
    """Patients and ratio as the facts of each trial have them (clinical_targets.csv)."""
    sizes = {name: read_trial(FOLDER / f"{name}.yaml").size for name in
             ("sharp", "asia_pacific", "reflect", "checkmate459", "keynote240")}  # fmt: skip
    assert sizes == {
        "sharp": 299 + 303,
        "asia_pacific": 150 + 76,
        "reflect": 954,
        "checkmate459": 371 + 372,
        "keynote240": 278 + 135,
    }
