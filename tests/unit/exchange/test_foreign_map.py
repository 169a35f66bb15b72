"""Somebody's SBGN map is drawn by us, and what its glyphs stand for is told."""

import json

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app
from jakstat.errors import InputError
from jakstat.exchange.foreign_map import foreign_map
from jakstat.report.map_pieces import Text
from jakstat.report.map_shapes import map_shapes

RUN = CliRunner()
RDF = (
    '<extension><annotation xmlns="http://sbgn.org/libsbgn/0.3"><r:RDF'
    ' xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:b="http://biomodels.net/biology-qualifiers/">'
    '<r:Description><b:is><r:Bag><r:li r:resource="{}"/></r:Bag></b:is></r:Description></r:RDF>'
    "</annotation></extension>"
)
# a kinase with an accession, a complex of a complex, a phenotype, a submap, and an arc without an id
MAP = """<?xml version="1.0"?>
<sbgn xmlns="http://sbgn.org/libsbgn/{version}"><map language="process description">
<glyph class="macromolecule" id="k"><label text="the kinase"/>{xref}
  <bbox x="10" y="10" w="90" h="40"/></glyph>
<glyph class="macromolecule" id="s"><label text="STAT1&#945;"/><bbox x="10" y="100" w="90" h="40"/>
  <glyph class="state variable" id="sa"><state value="P" variable="Y701"/>
    <bbox x="12" y="130" w="40" h="16"/></glyph>
</glyph>
<glyph class="complex" id="c"><bbox x="220" y="60" w="140" h="140"/>
  <glyph class="complex" id="d"><bbox x="230" y="70" w="120" h="60"/>
    <glyph class="macromolecule" id="m"><label text="STAT1"/>
      <bbox x="240" y="80" w="100" h="30"/></glyph></glyph>
  <glyph class="nucleic acid feature" id="n"><label text="unheard-of"/>
    <bbox x="240" y="140" w="100" h="40"/></glyph>
</glyph>
<glyph class="phenotype" id="p"><label text="gene&#xA;transcription"/>
  <bbox x="420" y="60" w="120" h="50"/></glyph>
<glyph class="submap" id="u"><label text="MAPK"/><bbox x="420" y="150" w="120" h="50"/></glyph>
<glyph class="empty set" id="e"><bbox x="120" y="20" w="20" h="20"/></glyph>
<glyph class="process" id="r"><bbox x="160" y="110" w="20" h="20"/>
  <port id="r.1" x="150" y="120"/><port id="r.2" x="190" y="120"/></glyph>
<arc class="consumption" source="s" target="r.1"{id}><start x="100" y="120"/><end x="150" y="120"/></arc>
<arc class="equivalence arc" source="c" target="u" id="a2">
  <start x="360" y="170"/><end x="420" y="170"/></arc>
</map></sbgn>"""


def written(tmp_path, version="0.3", xref="urn:miriam:uniprot:P23458", arc_id=' id="a1"'):
    path = tmp_path / "their.sbgn"
    inside = RDF.format(xref) if xref else ""
    path.write_text(MAP.format(version=version, xref=inside, id=arc_id), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("xref", "by"),
    [
        ("urn:miriam:uniprot:P23458", "uniprot:P23458"),
        ("http://identifiers.org/uniprot/P23458", "uniprot:P23458"),
        ("https://identifiers.org/uniprot:P23458", "uniprot:P23458"),
        ("https://identifiers.org/hgnc.symbol/JAK1", "hgnc.symbol:JAK1"),
    ],
)
def test_glyphs_are_matched_by_identifier_then_by_name(tmp_path, xref, by):
    drawn, matches = foreign_map(written(tmp_path, xref=xref))
    assert [(m.label, m.entity, m.by) for m in matches] == [
        ("the kinase", "jak1", by),
        ("STAT1α", "stat1", "name"),
        ("STAT1", "stat1", "name"),
        ("unheard-of", "", ""),
        ("gene transcription", "", ""),
    ]
    assert drawn.glyphs[0].stands_for == "jak1"
    assert drawn.names["stat1"] == "STAT1"
    assert [g.kind for g in drawn.glyphs if g.id == "e"] == ["source and sink"]


def test_members_of_members_and_both_lines_of_a_label_are_drawn(tmp_path):
    drawn, _ = foreign_map(written(tmp_path))
    texts = [shape.text for shape in map_shapes(drawn) if isinstance(shape, Text)]
    for wanted in ("STAT1", "unheard-of", "gene", "transcription", "P@Y701", "MAPK"):
        assert wanted in texts


@pytest.mark.parametrize("version", ["0.1", "0.2"])
def test_older_versions_name_no_arcs(tmp_path, version):
    drawn, _ = foreign_map(written(tmp_path, version, arc_id=""))
    assert [a.id for a in drawn.arcs] == ["arc__1", "a2"]


def test_a_map_beyond_its_corner_is_moved_into_the_picture(tmp_path):
    """By hand: from 10 and -90 to 14 and 40, by 4 and 130; everything moves by as much."""
    path = written(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace('y="10"', 'y="-90"', 1), encoding="utf-8")
    drawn, _ = foreign_map(path)
    by_id = {g.id: g for g in drawn.glyphs}
    assert (by_id["k"].box.x, by_id["k"].box.y) == (14.0, 40.0)
    assert (by_id["c"].parts[0].box.x, by_id["c"].parts[0].box.y) == (234.0, 200.0)
    assert (by_id["r"].ports[0].x, by_id["r"].ports[0].y) == (154.0, 250.0)
    assert drawn.arcs[0].points == ((104.0, 250.0), (154.0, 250.0))
    assert (drawn.width, drawn.height) == (540 + 4 + 14.0, 200 + 130 + 14.0)


def test_an_arc_of_the_newest_version_needs_its_id(tmp_path):
    with pytest.raises(InputError, match=r"\[sbgn\.id\]"):
        foreign_map(written(tmp_path, arc_id=""))


def test_the_command_draws_it_and_lists_what_matched(tmp_path):
    source, out = written(tmp_path), tmp_path / "o.svg"
    done = RUN.invoke(app, ["map", "--from", str(source), "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["from"] == "their.sbgn"
    assert said["matched"][0] == {
        "label": "the kinase", "entity": "jak1", "name": "Janus kinase 1", "by": "uniprot:P23458",
    }  # fmt: skip
    assert "their" in out.read_text()
    told = RUN.invoke(app, ["map", "--from", str(source), "--out", str(tmp_path / "o.png")]).stdout
    assert "the kinase  jak1: Janus kinase 1 (uniprot:P23458)" in told
    assert "unheard-of  nothing known of this name" in told


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--from", "their.sbgn", "--context", "macrophage"], "option.alone"),
        (["--from", "their.sbgn", "--at", "20min"], "option.alone"),
        (["--from", "their.sbgn", "--scale", "patient"], "option.alone"),
        (["--from", "none.sbgn"], "file.missing"),
        (["--from", "their.gpml"], "map.format"),
        (["--from", "bomb.sbgn"], "sbgn.doctype"),
        (["--from", "bad.sbgn"], "sbgn.class"),
        (["--from", "vast.sbgn"], "map.size"),
        (["--from", "line.sbgn"], "sbgn.attribute"),
        (["--from", "empty.sbgn"], "map.size"),
    ],
)
def test_what_cannot_be_drawn_is_refused(tmp_path, monkeypatch, words, code):
    text = written(tmp_path).read_text(encoding="utf-8")
    (tmp_path / "their.gpml").write_text("<Pathway/>")
    (tmp_path / "bomb.sbgn").write_text("<!DOCTYPE x [<!ENTITY a 'b'>]><sbgn/>")
    (tmp_path / "bad.sbgn").write_text(text.replace('class="phenotype"', 'class="magic"'), encoding="utf-8")
    (tmp_path / "vast.sbgn").write_text(text.replace('x="420"', 'x="99999999"'), encoding="utf-8")
    (tmp_path / "empty.sbgn").write_text('<sbgn xmlns="http://sbgn.org/libsbgn/0.3"><map/></sbgn>')
    (tmp_path / "line.sbgn").write_text(text.replace('<end x="150" y="120"/>', ""), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    done = RUN.invoke(app, ["map", *words, "--out", "o.svg"])
    assert done.exit_code == 2, done.output
    assert f"[{code}]" in done.stderr
    assert sorted(tmp_path.iterdir()) == before
