"""A patient as a document of his own, read by whoever reads SBML."""

import numpy as np
import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app
from jakstat.engine.load import load_sbml
from jakstat.patients.answer import patient


def exported(file, *who):
    return CliRunner().invoke(app, ["patient", *who, "--until", "3mo", "--export", str(file)])


def test_the_document_of_a_patient_is_written_once(tmp_path):
    file = tmp_path / "him.xml"
    done = exported(file, "--aetiology", "alcohol")
    assert done.exit_code == 0, done.output
    assert 'level="3"' in file.read_text(encoding="utf-8")[:400]
    assert exported(file, "--aetiology", "alcohol").exit_code == 2  # the file is there


@pytest.mark.long
def test_the_document_of_a_patient_runs_as_he_does(tmp_path):
    """Untreated for three months: the file alone, and the patient followed by the product."""
    file = tmp_path / "him.xml"
    done = exported(file, "--aetiology", "HBV")
    assert done.exit_code == 0, done.output
    course = patient({"aetiology": "HBV"}, until="3mo").isel(patient=0)
    times = np.array([0.0, 1000.0, 2000.0])
    names = {"tumour_volume": "volume", "CRP": "CRP", "albumin": "albumin"}
    alone = load_sbml(file).simulate(times, outputs=list(names), rtol=1e-6)
    for symbol, name in names.items():
        (shown,) = [str(v) for v in course.data_vars if str(v) in (symbol, name)]
        expected = np.interp(times, course["time"].values, course[shown].values)
        assert np.allclose(alone.value(symbol)[0], expected, rtol=5e-3), name
