"""A file is told by what it holds first, then by its name; what is known and not read is refused by name."""

import pytest

import small_models as sm
from jakstat.errors import InputError
from jakstat.exchange.formats import file_format, read_model

SEDML = '<sedML xmlns="http://sed-ml.org/sed-ml/level1/version4" level="1" version="4"/>'


@pytest.mark.parametrize(
    ("name", "content", "wanted"),
    [
        ("m.xml", sm.DECAY.encode(), "SBML"),
        ("m.txt", sm.DECAY.encode(), "SBML"),
        ("m", b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- <sedML> -->\n<sbml/>", "SBML"),
        ("m.xml", SEDML.encode(), "SED-ML"),
        ("m.sedml", b"<?xml version='1.0'?><sed:sedML xmlns:sed='a'/>", "SED-ML"),
        ("m.sedml", b"", "SED-ML"),
        ("m.zip", b"PK\x03\x04rest", "COMBINE archive"),
        ("m.omex", b"no zip", "COMBINE archive"),
        ("m.dat", b"nothing that anyone knows", "SBML"),
    ],
)
def test_format(tmp_path, name, content, wanted):
    path = tmp_path / name
    path.write_bytes(content)
    assert file_format(path) == wanted


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("m.xml", b'<?xml version="1.0"?><COPASI xmlns="http://www.copasi.org/"/>', "a COPASI file"),
        ("m.cps", b"", "a COPASI file"),
        ("m.cellml", b"<model xmlns='http://www.cellml.org/cellml/2.0#'/>", "CellML"),
        ("m.vcml", b"<vcml/>", "a Virtual Cell file"),
        ("m.bngl", b"begin model", "BioNetGen rules"),
        ("m.ode", b"dx/dt=-x", "an XPP file"),
        ("m.m", b"x=1", "a MATLAB file"),
    ],
)
def test_what_is_known_and_not_read_is_named(tmp_path, name, content, told):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        file_format(path)
    (found,) = error.value.problems
    assert (found.code, found.file) == ("model.format", name)
    assert told in found.message
    assert found.hint


def test_a_missing_file_is_told_by_its_name(tmp_path):
    with pytest.raises(InputError, match=r"no file 'm\.xml'.*\[file\.missing\]"):
        file_format(tmp_path / "m.xml")


def test_sbml_is_handed_on_as_it_is(tmp_path):
    path = tmp_path / "m.xml"
    path.write_text(sm.DECAY)
    assert read_model(path).sbml == path
    assert read_model(path).notes == ()
