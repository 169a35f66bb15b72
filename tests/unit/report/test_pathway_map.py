"""Pictures of maps: every species and source is on them, colours say what they should."""

import xml.etree.ElementTree as ET

import pytest

from jakstat.biology import assemble
from jakstat.errors import InputError
from jakstat.pathway.build import pathway_map
from jakstat.pathway.values import Level, Levels
from jakstat.report.map_pieces import Text
from jakstat.report.pathway_map import colour_of, fills, map_picture, save_map

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawn():
    return pathway_map(assemble("hepg2", parts="core"))


def levels_of(drawn, fold):
    names = {g.stands_for for g in drawn.pools()}
    level = Level(1.0, fold, "nM", 100.0, fold)
    return Levels("20 min", 1 / 3, dict.fromkeys(names, level))


def test_svg_names_every_species_and_the_sources(drawn, tmp_path):
    root = ET.parse(save_map(drawn, tmp_path / "map.svg")).getroot()
    titles = {(e.text or "").split(";")[0] for e in root.iter(f"{SVG}title")}
    assert {g.stands_for for g in drawn.pools()} <= titles
    texts = " ".join(e.text or "" for e in root.iter(f"{SVG}text"))
    assert "sobotta2017" in texts
    assert "IL17A" in texts
    assert "not for treating a patient" in texts


def test_values_bring_their_bar_and_their_units(drawn, tmp_path):
    found = levels_of(drawn, 10.0)
    root = ET.parse(save_map(drawn, tmp_path / "map.svg", found)).getroot()
    texts = [e.text for e in root.iter(f"{SVG}text")]
    assert "concentration / concentration at rest (1)" in texts
    assert any("10 nM" in (e.text or "") for e in root.iter(f"{SVG}title"))
    assert set(fills(drawn, found).values()) == {colour_of(Level(1.0, 10.0, "nM", 100.0, 10.0))}


def test_colours_rise_and_fall_with_the_value():
    def of(fold):
        return colour_of(Level(1.0, 1.0, "nM", 1.0, fold))

    def red(text):
        return int(text[1:3], 16)

    assert of(1.0) == "#F7F7F7"
    assert red(of(0.01)) < red(of(0.1)) < red(of(1.0))
    assert int(of(100.0)[5:], 16) < int(of(10.0)[5:], 16) < int(of(1.0)[5:], 16)
    assert of(1e9) == of(100.0)
    assert of(0.0) == of(0.01)
    assert colour_of(Level(0.0, 1.0, "nM", 5.0, None)) != colour_of(Level(0.0, 0.0, "nM", 0.0, None))


def test_texts_do_not_lie_upon_each_other(drawn):
    from jakstat.pathway.records import Box
    from jakstat.pathway.shapes import text_width

    shapes, width, height = map_picture(drawn)
    boxes = []
    for text in (s for s in shapes if isinstance(s, Text)):
        wide = text_width(text.text, text.size) * 0.8
        left = text.x - {"start": 0.0, "middle": wide / 2, "end": wide}[text.anchor]
        boxes.append((text.text, Box(left, text.y - 0.7 * text.size, wide, 0.7 * text.size)))
        assert text.y < height
    hits = [(a, b) for i, (a, one) in enumerate(boxes) for b, two in boxes[i + 1 :] if one.meets(two)]
    assert hits == []
    assert width >= drawn.width


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_other_surfaces(drawn, tmp_path, kind):
    path = save_map(drawn, tmp_path / f"map.{kind}")
    assert path.read_bytes()[:4] in (b"\x89PNG", b"%PDF")
    again = save_map(drawn, tmp_path / f"again.{kind}")
    assert again.read_bytes() == path.read_bytes()


def test_unknown_kind(drawn, tmp_path):
    with pytest.raises(InputError, match=r"figure\.format"):
        save_map(drawn, tmp_path / "map.gif")
