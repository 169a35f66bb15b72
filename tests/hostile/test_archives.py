"""Archives that no honest program writes end in one problem each, without a byte on the disk."""

import io
import json
import stat
import zipfile

import pytest
from typer.testing import CliRunner

import sedml_documents as sd
from jakstat.cli.main import app
from jakstat.errors import InputError
from jakstat.exchange.omex_file import read_archive

GOOD = {"e.sedml": sd.sedml(), "m.xml": sd.MODEL}


def raw(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for entry, data in entries:
            made.writestr(entry, data)
    return path


def refused(path):
    with pytest.raises(InputError) as error:
        read_archive(path)
    return error.value.problems


@pytest.mark.parametrize("name", ["../m.xml", "/etc/m.xml", "a/../../m.xml", "a\\..\\m.xml", "C:/m.xml"])
def test_names_outside_are_refused(tmp_path, name):
    (found,) = refused(raw(tmp_path / "a.omex", [("manifest.xml", sd.MANIFEST.format("")), (name, "x")]))
    assert (found.code, found.file) == ("archive.name", "a.omex")


def test_a_listed_name_outside_is_refused(tmp_path):
    path = sd.omex(tmp_path / "a.omex", GOOD, sd.content("../../e.sedml", "sed-ml"))
    assert [p.code for p in refused(path)] == ["archive.name"]


def test_links_and_doubles_are_refused(tmp_path):
    link = zipfile.ZipInfo("m.xml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    (found,) = refused(raw(tmp_path / "a.omex", [(link, "/etc/passwd")]))
    assert "is a link" in found.message
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = raw(tmp_path / "b.omex", [("m.xml", "a"), ("m.xml", "b")])
    (found,) = refused(path)
    assert "is there twice" in found.message


def test_bombs_are_refused(tmp_path):
    (found,) = refused(raw(tmp_path / "a.omex", [("m.xml", b"0" * 20_000_000)]))
    assert (found.code, found.message) == ("archive.size", "'m.xml' is too large when unpacked")
    many = [(f"{i}.txt", "") for i in range(2_001)]
    assert refused(raw(tmp_path / "b.omex", many))[0].message == "2001 files"


def test_a_size_that_lies_is_refused(tmp_path):
    path = raw(tmp_path / "a.omex", [("m.xml", b"abc" * 100)])
    data = path.read_bytes()
    size = (300).to_bytes(4, "little")
    at = data.rfind(size)
    path.write_bytes(data[:at] + (5).to_bytes(4, "little") + data[at + 4 :])
    assert [p.code for p in refused(path)] == ["archive.zip"]


@pytest.mark.parametrize("cut", [10, 100, -30])
def test_damaged_files_are_refused(tmp_path, cut):
    data = sd.omex(tmp_path / "a.omex", GOOD).read_bytes()
    (tmp_path / "b.omex").write_bytes(data[:cut])
    assert [p.code for p in refused(tmp_path / "b.omex")] == ["archive.zip"]


def test_a_flipped_byte_is_refused(tmp_path):
    path = sd.omex(tmp_path / "a.omex", GOOD)
    data = bytearray(path.read_bytes())
    data[data.index(b"e.sedml") + 60] ^= 0xFF
    path.write_bytes(bytes(data))
    assert [p.code for p in refused(path)] == ["archive.zip"]


def test_an_encrypted_entry_is_refused(tmp_path):
    path = raw(tmp_path / "a.omex", [("m.xml", "abc")])
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))
    assert "is encrypted" in refused(path)[0].message


def test_entities_in_a_manifest_are_refused(tmp_path):
    bomb = "<!DOCTYPE a [<!ENTITY b 'cc'>]>" + sd.MANIFEST.format("&b;")[21:]
    (found,) = refused(raw(tmp_path / "a.omex", [("manifest.xml", bomb)]))
    assert found.code == "xml.doctype"


@pytest.mark.parametrize(
    "source", ["../m.xml", "/m.xml", "http://a.b/m.xml", "urn:miriam:biomodels.db:B1", "n.xml"]
)
def test_models_elsewhere_are_refused(tmp_path, source):
    path = sd.omex(tmp_path / "a.omex", {"e.sedml": sd.sedml(source=source), "m.xml": sd.MODEL})
    done = CliRunner().invoke(app, ["run", str(path), "--json"])
    assert done.exit_code == 2
    (found,) = json.loads(done.stdout)["problems"]
    assert found["code"] == "sedml.source"
    assert list(tmp_path.iterdir()) == [path]


def test_an_archive_of_something_else_says_so(tmp_path):
    path = raw(tmp_path / "a.omex", [("manifest.xml", "<html/>")])
    assert [p.code for p in refused(path)] == ["archive.manifest"]
    path = sd.omex(tmp_path / "b.omex", {"notes.txt": "nothing"})
    done = CliRunner().invoke(app, ["run", str(path)])
    assert done.exit_code == 2
    assert "there is no SED-ML document to run" in done.stderr


def test_an_archive_within_an_archive_is_a_file(tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as made:
        made.writestr("x", b"0" * 100)
    found = read_archive(raw(tmp_path / "a.omex", [("b.omex", inner.getvalue())]))
    assert list(found.entries) == ["b.omex"]


def documents(*tasks):
    """A time course, and tasks that repeat the one before twice in every repeat."""
    return sd.sedml(tasks=sd.TASK + "".join(tasks))


def doubled(name, task, count):
    values = "".join("<value>1</value>" for _ in range(count))
    subtask = f'<subTask order="1" task="{task}"/>'
    return (
        f'<repeatedTask id="{name}" range="x" resetModel="true"><listOfRanges><vectorRange id="x">{values}'
        f"</vectorRange></listOfRanges><listOfSubTasks>{subtask}{subtask}</listOfSubTasks></repeatedTask>"
    )


CHAIN = (
    "".join(f'<model id="m{i}" source="#m{i + 1}"/>' for i in range(50)) + '<model id="m50" source="m.xml"/>'
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (documents(*(doubled(f"t{i + 1}", f"t{i or ''}", 1) for i in range(60))), "nested too deeply"),
        (documents(*(doubled(f"t{i + 1}", f"t{i or ''}", 8) for i in range(15))), "are too many"),
        (documents(doubled("t1", "t2", 1), doubled("t2", "t1", 1)), "repeats itself"),
        (
            sd.sedml(models=CHAIN, source="#m0"),
            "derived of models too often",
        ),
        (sd.sedml().replace('numberOfSteps="4"', 'numberOfSteps="100000000"'), "numberOfSteps is"),
    ],
    ids=["deep", "many", "circle", "derived", "steps"],
)  # fmt: skip
def test_what_would_never_end_is_refused_at_once(tmp_path, text, told):
    path = sd.omex(tmp_path / "a.omex", {"e.sedml": text, "m.xml": sd.MODEL})
    done = CliRunner().invoke(app, ["run", str(path)])
    assert done.exit_code == 2
    assert told in done.stderr, done.stderr


def test_a_document_type_hides_in_no_encoding(tmp_path):
    text = "<!DOCTYPE a [<!ENTITY b 'c'>]><sedML>&b;</sedML>"
    path = raw(
        tmp_path / "a.omex",
        [("e.sedml", ('<?xml version="1.0" encoding="utf-16"?>' + text).encode("utf-16"))],
    )
    done = CliRunner().invoke(app, ["run", str(path)])
    assert done.exit_code == 2
    assert "[xml.doctype]" in done.stderr
