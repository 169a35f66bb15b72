"""SBGN-ML comes back as it went, passes its schema and the language's rules; bad files are refused."""

from functools import cache

import pytest
from libsbgnpy import schematron
from libsbgnpy.validator import validate, validate_xsd

from jakstat.biology import assemble, contexts
from jakstat.errors import InputError
from jakstat.exchange.sbgn import read_sbgn, to_sbgn
from jakstat.pathway.build import pathway_map
from long_rows import CELLS, rest_long

drawing = cache(lambda name: pathway_map(assemble(name, parts="core")))


@pytest.mark.parametrize("context", rest_long(contexts(), CELLS))
def test_there_and_back(context):
    drawn = drawing(context)
    back = read_sbgn(to_sbgn(drawn))
    assert back.glyphs == drawn.glyphs
    assert back.arcs == drawn.arcs
    assert back.compartments == drawn.compartments
    assert (back.title, back.unconnected, back.sources) == (drawn.title, drawn.unconnected, drawn.sources)
    assert (back.width, back.height) == (drawn.width, drawn.height)


def test_file(tmp_path):
    path = tmp_path / "map.sbgn"
    path.write_text(to_sbgn(drawing("hepg2")), encoding="utf-8")
    assert read_sbgn(path).arcs == drawing("hepg2").arcs


@pytest.mark.parametrize("context", rest_long(contexts(), CELLS))
def test_official_schema_and_rules(context, tmp_path):
    """The XSD of SBGN-ML 0.3 and the Schematron rules of libSBGN for process descriptions."""
    path = tmp_path / "map.sbgn"
    fills = {g.id: "#FFCC00" for g in drawing(context).pools()}
    path.write_text(to_sbgn(drawing(context), fills), encoding="utf-8")
    assert validate(path) == []
    assert schematron.validate_schematron(path) == []


def test_the_official_rules_see_a_broken_map(tmp_path):
    text = to_sbgn(drawing("hepg2"))
    path = tmp_path / "map.sbgn"
    path.write_text(text.replace('class="association"', 'class="dissociation"', 1), encoding="utf-8")
    assert "pd10104" in {i.rule_id for i in schematron.validate_schematron(path)}
    path.write_text(text.replace('class="catalysis"', 'class="wish"', 1), encoding="utf-8")
    assert validate_xsd(path)


GOOD = to_sbgn(drawing("hepg2"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<sbgn", "sbgn.xml"),
        ("<sbml/>", "sbgn.root"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><sbgn/>', "sbgn.doctype"),
        ("<a>" * 300 + "</a>" * 300, "sbgn.depth"),
        (GOOD.replace('language="process description"', 'language="activity flow"'), "sbgn.language"),
        (GOOD.replace('class="association"', 'class="wish"', 1), "sbgn.class"),
        (GOOD.replace('class="production"', 'class="wish"', 1), "sbgn.class"),
        (GOOD.replace('<bbox x="', '<bbox x="a', 1), "sbgn.attribute"),
        (GOOD.replace('<bbox x="0.0"', '<bbox x="nan"', 1), "sbgn.attribute"),
        (GOOD.replace('target="', 'target="no', 1), "sbgn.end"),
        (GOOD.replace('compartmentRef="', 'compartmentRef="no', 1), "sbgn.end"),
        (GOOD.replace('<glyph id="glyph__STAT3"', '<glyph id="glyph__pSTAT3"', 1), "sbgn.id"),
    ],
)
def test_bad_documents_are_refused(text, code):
    with pytest.raises(InputError) as error:
        read_sbgn(text)
    assert code in {p.code for p in error.value.problems}


def test_a_document_that_is_too_large_is_refused():
    with pytest.raises(InputError, match=r"sbgn\.size"):
        read_sbgn(b" " * 10_000_001)
