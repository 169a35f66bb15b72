import json

import pytest

from jakstat.errors import InputError
from jakstat.knowledge.citation import bibtex, citations, source_keys
from jakstat.knowledge.source import Source


def saved(tmp_path, document):
    path = tmp_path / "r.json"
    path.write_text(json.dumps(document))
    return path


def test_without_a_result_everything_is_listed_once():
    keys = [c.key for c in citations()]
    assert keys[0] == "jakstat"
    assert len(keys) == len(set(keys))
    assert {"sobotta2017", "scipy", "libsbml"} <= set(keys)
    assert "protocol" not in keys


def test_result_lists_its_own_sources_and_the_software(tmp_path):
    path = saved(tmp_path, {"manifest": {"sources": ["sobotta2017", "protocol"]}})
    keys = [c.key for c in citations(path)]
    assert "sobotta2017" in keys
    assert "scipy" in keys
    assert "zeilfelder2025" not in keys


def test_folder_with_a_manifest(tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps({"manifest": {"sources": ["ward1994"]}}))
    assert source_keys(tmp_path) == ("ward1994",)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "result.form"),
        (b"{", "result.form"),
        (b"[]", "result.form"),
        (b"3", "result.form"),
        (b"\xff\xfe", "result.form"),
        (b"[" * 100_000, "result.form"),
        (b'{"manifest": []}', "result.form"),
        (b'{"sources": "a"}', "result.form"),
        (b'{"sources": [1]}', "result.form"),
        (b'{"sources": ["nobody1900"]}', "record.orphan"),
    ],
)
def test_what_is_no_result(tmp_path, content, code):
    path = tmp_path / "r.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        citations(path)
    assert [p.code for p in caught.value.problems] == [code]


def test_a_key_that_stands_there_twice_is_no_result(tmp_path):
    path = tmp_path / "r.json"
    path.write_text('{"manifest": {"sources": ["ward1994"], "sources": []}}')
    with pytest.raises(InputError) as caught:
        citations(path)
    assert caught.value.problems[0].code == "result.form"


def test_result_that_is_not_there(tmp_path):
    with pytest.raises(InputError) as caught:
        citations(tmp_path / "no.json")
    assert caught.value.problems[0].code == "file.missing"


def test_special_characters_do_not_break_the_entry():
    text = bibtex(Source(key="a1", kind="article", title="50% {x} \\input #1 & $y_z$", container="A~B^C"))
    inner = text.split("title = ")[1]
    assert "50\\% x  input \\#1 \\& \\$y\\_z\\$" in inner
    assert text.count("{") == text.count("}")
