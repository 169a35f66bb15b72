"""The pathway's map for the browser: places of nodes and edges, and colours of the current answer."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from jakstat.experiment.protocol import Protocol
from jakstat.identity import content_key
from jakstat.lab.lab_questions import MapQuestion
from jakstat.pathway.records import Glyph, PathwayMap
from jakstat.pathway.values import Levels
from jakstat.report.pathway_map import colour_of, mixed_colour
from jakstat.store import NOTICE

__all__ = ["MapLayouts", "map_answer", "map_layout"]

_KEPT = 16
_BAR = (0.01, 0.1, 0.5, 1.0, 2.0, 10.0, 100.0)


class MapLayouts:
    """The maps that were drawn lately, by the model that they show and by the key of their layout."""

    def __init__(self) -> None:
        self._layouts: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._of_model: dict[str, str] = {}

    def layout(self, key: str) -> dict[str, Any] | None:
        """A layout by its key."""
        return self._layouts.get(key)

    def of_model(self, model_key: str) -> dict[str, Any] | None:
        """The layout of a model that was drawn before."""
        return self._layouts.get(self._of_model.get(model_key, ""))

    def keep(self, model_key: str, layout: dict[str, Any]) -> dict[str, Any]:
        """Remember it; the oldest is forgotten."""
        self._layouts[layout["key"]] = layout
        self._of_model[model_key] = layout["key"]
        while len(self._layouts) > _KEPT:
            self._layouts.popitem(last=False)
        return layout


def map_answer(question: MapQuestion, protocol: Protocol | None, kept: MapLayouts) -> dict[str, Any]:
    """Which layout to draw, and the level and colour of every species in it.

    Parameters
    ----------
    question : MapQuestion
    protocol : Protocol or None
        None for the tumour of a patient.
    kept : MapLayouts
    """
    if protocol is None:
        return _tumour_answer(question, kept)
    from jakstat.pathway.build import pathway_map
    from jakstat.pathway.values import assembly_of, levels

    assembly = assembly_of(protocol)
    layout = kept.of_model(assembly.model_key) or kept.keep(
        assembly.model_key, map_layout(pathway_map(assembly))
    )
    done = [*question.stimulus, *question.drug, *question.knockdown, *question.treatment]
    title = f"{question.at} after {', '.join(done) or 'nothing given'}, beside the untreated cell at rest"
    found = None if question.at is None else levels(protocol, protocol.until, title)
    return {
        "context": protocol.context,
        "parts": list(assembly.parts),
        "model_key": assembly.model_key,
        "layout": layout["key"],
        **_coloured(found),
        "notice": NOTICE,
    }


def _tumour_answer(question: MapQuestion, kept: MapLayouts) -> dict[str, Any]:
    from jakstat.biology.patient_assembly import assemble_patient
    from jakstat.pathway.tumour import tumour_map

    default = type(question).model_fields["parts"].default
    asked = question.parts
    chosen = [] if asked in (None, default) else [name.strip() for name in str(asked).split(",")]
    patient = assemble_patient()
    own = content_key([patient.model_key, chosen])
    layout = kept.of_model(own) or kept.keep(own, map_layout(tumour_map(patient, chosen)))
    return {
        "context": "patient",
        "parts": chosen or list(patient.parts),
        "model_key": patient.model_key,
        "layout": layout["key"],
        **_coloured(None),
        "notice": NOTICE,
    }


def _coloured(found: Levels | None) -> dict[str, Any]:
    bar = [{"fold": fold, "colour": colour_at(fold)} for fold in _BAR]
    if found is None:
        return {"title": "", "time_h": None, "legend": bar, "levels": None}
    levels = {
        name: {
            "rest": v.rest, "now": v.now, "unit": v.unit, "molecules": v.molecules, "fold": v.fold,
            "colour": colour_of(v),
        }
        for name, v in found.by_species.items()
    }  # fmt: skip
    return {"title": found.title, "time_h": found.time_h, "legend": bar, "levels": levels}


def colour_at(fold: float) -> str:
    """The colour of a ratio to the level at rest, as on the bar of the printed map.

    Examples
    --------
    >>> colour_at(100.0)
    '#B35806'
    """
    from jakstat.pathway.values import Level

    return colour_of(Level(1.0, fold, "nM", fold, fold)) if fold else mixed_colour(-1.0)


def map_layout(drawn: PathwayMap) -> dict[str, Any]:
    """A map as places of nodes and edges; x and y are upper left corners, in points.

    Examples
    --------
    >>> from jakstat.biology import assemble
    >>> from jakstat.pathway.build import pathway_map
    >>> found = map_layout(pathway_map(assemble("hepg2", parts="core")))
    >>> ends = {node["id"] for node in found["nodes"]}
    >>> all(e["source"] in ends and e["target"] in ends for e in found["edges"])
    True
    """
    owner = {port.id: glyph.id for glyph in drawn.glyphs for port in glyph.ports}
    inner = {part.id: glyph.id for glyph in drawn.glyphs for part in glyph.parts}
    home = {**owner, **inner}
    content = {
        "title": drawn.title,
        "width": drawn.width,
        "height": drawn.height,
        "compartments": [_place(glyph) for glyph in drawn.compartments],
        "nodes": [_node(glyph, drawn) for glyph in drawn.glyphs],
        "edges": [
            {
                "id": arc.id,
                "kind": arc.kind,
                "source": home.get(arc.source, arc.source),
                "target": home.get(arc.target, arc.target),
                "points": [list(point) for point in arc.points],
                "count": arc.count,
            }
            for arc in drawn.arcs
        ],
        "unconnected": list(drawn.unconnected),
        "left_out": drawn.left_out,
        "sources": list(drawn.sources),
    }
    return {"key": content_key(content), **content}


def _place(glyph: Glyph) -> dict[str, Any]:
    box = glyph.box
    own = {"id": glyph.id, "label": glyph.label, "stands_for": glyph.stands_for}
    return {**own, "x": box.x, "y": box.y, "w": box.w, "h": box.h}


def _node(glyph: Glyph, drawn: PathwayMap) -> dict[str, Any]:
    marks = [
        {"kind": part.kind, "variable": part.variable, "value": part.label, "x": part.box.x, "y": part.box.y,
         "w": part.box.w, "h": part.box.h}
        for part in glyph.parts
    ]  # fmt: skip
    return {
        **_place(glyph),
        "kind": glyph.kind,
        "name": drawn.names.get(glyph.stands_for, ""),
        "compartment": glyph.compartment,
        "clone": glyph.clone,
        "vertical": glyph.vertical,
        "marks": marks,
    }
