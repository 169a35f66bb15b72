"""What an archive of ours says of itself."""

import io
import zipfile
from xml.etree import ElementTree

import pytest

from jakstat.exchange.omex_file import ArchiveEntry, archive_bytes
from jakstat.exchange.sedml_writing import SedmlQuestion, ShownReadout, sedml_text

SPECIFICATIONS = "http://identifiers.org/combine.specifications/"


def test_the_manifest_lists_the_archive_and_itself():
    """As the specification of the archive shows; libCOMBINE leaves both out."""
    entry = ArchiveEntry("e.sedml", b"<a/>", SPECIFICATIONS + "sed-ml", True)
    with zipfile.ZipFile(io.BytesIO(archive_bytes({"e.sedml": entry}))) as opened:
        root = ElementTree.fromstring(opened.read("manifest.xml"))
    assert [(c.get("location"), c.get("format"), c.get("master")) for c in root] == [
        (".", SPECIFICATIONS + "omex", None),
        ("./manifest.xml", SPECIFICATIONS + "omex-manifest", None),
        ("./e.sedml", SPECIFICATIONS + "sed-ml", "true"),
    ]


def test_points_are_steps_in_every_version():
    shown = [ShownReadout("x", "nM", "x", "species", 1.0)]
    asked = SedmlQuestion("m.xml", "", 6.0, 0.0, 60, 1e-9, 1e-12, shown)
    counts = {
        version: {
            name: course.get(name)
            for course in ElementTree.fromstring(sedml_text(asked, version)).iter()
            if course.tag.endswith("uniformTimeCourse")
            for name in ("numberOfPoints", "numberOfSteps")
        }
        for version in ("1.2", "1.3", "1.4")
    }
    old, new = (
        {"numberOfPoints": "60", "numberOfSteps": None},
        {"numberOfPoints": None, "numberOfSteps": "60"},
    )
    assert counts == {"1.2": old, "1.3": old, "1.4": new}


@pytest.mark.parametrize("form", ["sed-ml", "sed-ml.level-1.version-3", "sed-ml.level-1.version-4"])
def test_an_experiment_of_any_version_is_one(form):
    assert ArchiveEntry("e.xml", b"", SPECIFICATIONS + form).is_sedml
    assert not ArchiveEntry("e.xml", b"", SPECIFICATIONS + form).is_sbml
