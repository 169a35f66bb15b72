"""The claims as a graph of entities: SIF, GraphML, CX2, INDRA-like JSON and a plain table.

SIF and GraphML are read by Cytoscape, CX2 by Cytoscape and NDEx, INDRA JSON by INDRA
(doi:10.15252/msb.20177651). Nodes carry identifiers that identifiers.org resolves
(doi:10.1093/nar/gkr1097); a rejected name is no node, and no edge is drawn from it.
"""

from __future__ import annotations

import csv
import io
import json
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jakstat.errors import problem
from jakstat.knowledge import knowledge
from jakstat.knowledge.claim import Claim
from jakstat.knowledge.entity import Entity
from jakstat.knowledge.source import Source

__all__ = ["FORMATS", "ClaimGraph", "export", "graph"]

_GRAPHML = "http://graphml.graphdrawing.org/xmlns"
_NAMESPACE = uuid.UUID("6f1b0d0e-6f0e-5d43-9a54-6a616b737461")
_EDGE_FIELDS = ("relation", "sign", "claim", "statement", "context", "scale", "doubtful", "source")
_NODE_FIELDS = ("name", "kind", "identifiers")

# INDRA's statement for each relation, with the names of its two ends (JSON schema of INDRA 1.24). What has
# none there becomes an influence, or an association where the relation is no action.
_STATEMENTS: Mapping[str, tuple[str, str, str]] = {
    "activates": ("Activation", "subj", "obj"),
    "inhibits": ("Inhibition", "subj", "obj"),
    "upregulates": ("IncreaseAmount", "subj", "obj"),
    "downregulates": ("DecreaseAmount", "subj", "obj"),
    "secretes": ("IncreaseAmount", "subj", "obj"),
    "phosphorylates": ("Phosphorylation", "enz", "sub"),
    "dephosphorylates": ("Dephosphorylation", "enz", "sub"),
}
# INDRA's names of namespaces; some ontologies keep their prefix in the identifier, MONDO does not.
_NAMESPACES: Mapping[str, str] = {
    "uniprot": "UP",
    "ncbigene": "EGID",
    "chembl": "CHEMBL",
    "drugbank": "DRUGBANK",
    "pubchem.compound": "PUBCHEM",
    "cellosaurus": "CVCL",
    "taxonomy": "TAXONOMY",
    "CHEBI": "CHEBI",
    "CL": "CL",
    "GO": "GO",
    "MONDO": "MONDO",
}


@dataclass(frozen=True, slots=True)
class ClaimGraph:
    """Entities, and the claims that link them."""

    nodes: tuple[Entity, ...]
    edges: tuple[Claim, ...]


def graph(*, module: str | None = None) -> ClaimGraph:
    """The graph of all claims, or of those of one module.

    Raises
    ------
    InputError
        ``claim.module``.

    Examples
    --------
    >>> g = graph(module="receptor")
    >>> len(g.edges), "il6r" in {n.id for n in g.nodes}
    (14, True)
    """
    from jakstat.knowledge.queries import claims

    known = knowledge().entities
    edges = tuple(
        c
        for c in claims(module=module)
        if "reject" not in (known[c.subject].kind, known[c.object].kind) and c.expected != "no_effect"
    )
    used = {name for c in edges for name in (c.subject, c.object)}
    return ClaimGraph(tuple(known[name] for name in sorted(used)), edges)


def check_format(kind: str) -> None:
    """Refuse what is none of :data:`FORMATS`.

    Raises
    ------
    InputError
        ``graph.format``.

    Examples
    --------
    >>> check_format("graphml")
    """
    if kind not in FORMATS:
        raise problem("graph.format", f"no format {kind[:20]!r}", field="--format", hint=", ".join(FORMATS))


def export(found: ClaimGraph, kind: str) -> str:
    """A graph as text in one of :data:`FORMATS`.

    Raises
    ------
    InputError
        ``graph.format``.

    Examples
    --------
    >>> export(graph(module="receptor"), "sif").splitlines()[0]
    'il6\\tbinds\\til6r'
    """
    check_format(kind)
    return FORMATS[kind](found)


def _sif(found: ClaimGraph) -> str:
    return "".join(f"{c.subject}\t{c.relation}\t{c.object}\n" for c in found.edges)


def _edge_values(claim: Claim) -> dict[str, str | int]:
    return {
        "relation": claim.relation,
        "sign": claim.sign,
        "claim": claim.id,
        "statement": claim.statement,
        "context": claim.context,
        "scale": claim.scale,
        "doubtful": claim.doubtful,
        "source": ";".join(claim.source),
    }


def _node_values(entity: Entity) -> dict[str, str]:
    return {"name": entity.name, "kind": entity.kind, "identifiers": ";".join(entity.identifiers_org)}


def _tsv(found: ClaimGraph) -> str:
    known = {n.id: n for n in found.nodes}
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    head = ["subject", "object", *_EDGE_FIELDS, "subject_identifiers", "object_identifiers"]
    writer.writerow(head)
    for claim in found.edges:
        ends = [_node_values(known[name])["identifiers"] for name in (claim.subject, claim.object)]
        writer.writerow([claim.subject, claim.object, *_edge_values(claim).values(), *ends])
    return out.getvalue()


def _graphml(found: ClaimGraph) -> str:
    root = ET.Element("graphml", xmlns=_GRAPHML)
    for place, fields in (("node", _NODE_FIELDS), ("edge", _EDGE_FIELDS)):
        for name in fields:
            kind = "int" if name == "sign" else "string"
            attributes = {"id": f"{place}_{name}", "for": place, "attr.name": name, "attr.type": kind}
            ET.SubElement(root, "key", attributes)
    body = ET.SubElement(root, "graph", id="jakstat", edgedefault="directed")
    for entity in found.nodes:
        node = ET.SubElement(body, "node", id=entity.id)
        _data(node, "node", _node_values(entity))
    for claim in found.edges:
        edge = ET.SubElement(body, "edge", id=claim.id, source=claim.subject, target=claim.object)
        _data(edge, "edge", _edge_values(claim))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _data(element: ET.Element, place: str, values: Mapping[str, str | int]) -> None:
    for name, value in values.items():
        ET.SubElement(element, "data", key=f"{place}_{name}").text = str(value)


def _cx2(found: ClaimGraph) -> str:
    number = {entity.id: i for i, entity in enumerate(found.nodes)}
    nodes = [
        {"id": number[e.id], "x": None, "y": None, "z": None, "v": {"represents": e.id, **_node_values(e)}}
        for e in found.nodes
    ]
    edges: list[dict[str, Any]] = [
        {"id": i, "s": number[c.subject], "t": number[c.object], "v": _edge_values(c)}
        for i, c in enumerate(found.edges)
    ]
    text = {"d": "string"}
    declared = {
        "networkAttributes": {"name": text, "description": text},
        "nodes": {"represents": text, **dict.fromkeys(_NODE_FIELDS, text)},
        "edges": {name: {"d": "integer"} if name == "sign" else text for name in _EDGE_FIELDS},
    }
    aspects: list[tuple[str, Sequence[object]]] = [
        ("attributeDeclarations", [declared]),
        ("networkAttributes", [{"name": "jakstat claims", "description": "Claims on IL-6/JAK/STAT3"}]),
        ("nodes", nodes),
        ("edges", edges),
    ]
    counts = [{"name": name, "elementCount": len(rows)} for name, rows in aspects]
    document = [
        {"CXVersion": "2.0", "hasFragments": False},
        {"metaData": counts},
        *({name: rows} for name, rows in aspects),
        {"status": [{"error": "", "success": True}]},
    ]
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _identifier(name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, name))


def _agent(entity: Entity) -> dict[str, Any]:
    """An agent grounded in what stands for the whole entity: a complex is none of its members."""
    references: dict[str, str] = {"TEXT": entity.name}
    prefixes = [identifier.partition(":")[0] for identifier in entity.identifiers_org]
    for prefix, identifier in zip(prefixes, entity.identifiers_org, strict=True):
        if prefix in _NAMESPACES and prefixes.count(prefix) == 1:
            value = identifier if prefix in ("CHEBI", "CL", "GO") else identifier.partition(":")[2]
            space = "UPISO" if prefix == "uniprot" and "-" in value else _NAMESPACES[prefix]
            references[space] = value
    molecule = entity.kind in ("gene", "protein") and len(entity.hgnc) == 1
    return {"name": entity.hgnc[0] if molecule else entity.name, "db_refs": references}


def _event(claim: Claim, end: str, entity: Entity, polarity: int) -> dict[str, Any]:
    return {
        "type": "Event",
        "id": _identifier(f"{claim.id} {end}"),
        "concept": _agent(entity),
        "delta": {"type": "qualitative", "polarity": polarity or None},
    }


def _statement(claim: Claim, subject: Entity, target: Entity) -> dict[str, Any]:
    ends = (_agent(subject), _agent(target))
    if claim.relation in ("binds", "dimerises"):
        return {"type": "Complex", "members": list(ends)}
    if claim.relation == "translocates" and target.kind == "place":
        return {"type": "Translocation", "agent": ends[0], "to_location": target.name}
    if claim.relation in _STATEMENTS:
        kind, first, second = _STATEMENTS[claim.relation]
        activity = {"obj_activity": "activity"} if kind in ("Activation", "Inhibition") else {}
        return {"type": kind, first: ends[0], second: ends[1], **activity}
    cause, effect = _event(claim, "subject", subject, 0), _event(claim, "object", target, claim.sign)
    if claim.sign == 0:
        return {"type": "Association", "members": [cause, effect]}
    return {"type": "Influence", "subj": cause, "obj": effect}


def _evidence(claim: Claim, source: Source) -> dict[str, Any]:
    collection = source.accession if source.accession.startswith("PMC") else ""
    references = {"PMID": source.pmid, "DOI": source.doi, "PMCID": collection}
    annotations = {name: getattr(claim, name) for name in ("subject", "relation", "object", "context")}
    return {
        "source_api": "jakstat",
        "source_id": claim.id,
        **({"pmid": source.pmid} if source.pmid else {}),
        "text": claim.statement,
        "text_refs": {name: value for name, value in references.items() if value},
        "annotations": {**annotations, "source": source.key},
        "epistemics": {"doubtful": claim.doubtful} if claim.doubtful else {},
    }


def _indra(found: ClaimGraph) -> str:
    known = {n.id: n for n in found.nodes}
    sources = knowledge().sources
    statements = [
        {
            **_statement(claim, known[claim.subject], known[claim.object]),
            "id": _identifier(claim.id),
            "evidence": [_evidence(claim, sources[key]) for key in claim.source],
        }
        for claim in found.edges
    ]
    return json.dumps(statements, indent=1, ensure_ascii=False) + "\n"


FORMATS: Mapping[str, Callable[[ClaimGraph], str]] = {
    "sif": _sif,
    "graphml": _graphml,
    "cx2": _cx2,
    "indra": _indra,
    "tsv": _tsv,
}
"""The formats, by the name that the command takes."""
