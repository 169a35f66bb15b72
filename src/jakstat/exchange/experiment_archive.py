"""An experiment file as a COMBINE archive that other programs run."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from jakstat.answer_tables import answer_table
from jakstat.errors import Note, problem
from jakstat.exchange.omex_file import ArchiveEntry, archive_bytes
from jakstat.exchange.protocol_model import protocol_model
from jakstat.exchange.sedml_writing import SedmlQuestion, ShownReadout, sedml_text
from jakstat.experiment.labelled import Labelled
from jakstat.experiment.lanes import bench_for
from jakstat.experiment.protocol import Protocol
from jakstat.experiment.question import told
from jakstat.experiment.records import result_rows
from jakstat.identity import VERSION
from jakstat.limits import LIMITS
from jakstat.store import NOTICE, attribute

__all__ = ["ARCHIVED_RELATIVE", "ExperimentArchive", "experiment_archive"]

ARCHIVED_RELATIVE, _ABSOLUTE = 1e-9, 1e-12
"""Tolerances of the data in an archive, and those that it asks other programs for (amounts in zmol)."""
# the version is left out of the SED-ML: libCOMBINE and COPASI know none after 3 and would not read it
_FORMATS = {
    "xml": "http://identifiers.org/combine.specifications/sbml.level-3.version-2",
    "sedml": "http://identifiers.org/combine.specifications/sed-ml",
    "rdf": "http://identifiers.org/combine.specifications/omex-metadata",
    "csv": "http://purl.org/NET/mediatypes/text/csv",
    "yaml": "http://purl.org/NET/mediatypes/application/x-yaml",
    "png": "http://purl.org/NET/mediatypes/image/png", "svg": "http://purl.org/NET/mediatypes/image/svg+xml",
}  # fmt: skip


@dataclass(frozen=True)
class ExperimentArchive:
    """The bytes of an archive, what lies in it, and what to know of it."""

    data: bytes
    files: tuple[str, ...]
    lanes: int
    notes: tuple[Note, ...]


def experiment_archive(
    protocol: Protocol,
    result: Labelled,
    *,
    title: str,
    source: bytes,
    figures: Mapping[str, bytes],
    version: str = "1.4",
) -> ExperimentArchive:
    """Put an experiment with its model, data and figures into an archive.

    Parameters
    ----------
    protocol : Protocol
    result : Labelled
        Its result, at a relative tolerance of :data:`ARCHIVED_RELATIVE`.
    title : str
    source : bytes
        The experiment file.
    figures : mapping of str to bytes
        By name, ending in png or svg.
    version : str
        Of SED-ML: 1.2, 1.3 or 1.4.

    Raises
    ------
    InputError
        ``option.value``, ``export.rest``; ``lanes.too-many``.
    """
    bench = bench_for(protocol)
    if bench.plan.lanes > LIMITS.series_points:
        message, hint = f"{bench.plan.lanes} combinations are too many", f"at most {LIMITS.series_points}"
        raise problem("lanes.too-many", message, hint=hint)
    model = protocol_model(bench)
    species = {s.id for s in bench.cell.model.network.species}
    readouts = [
        ShownReadout(r.name, r.unit, r.symbol, "species" if r.symbol in species else "parameter", r.scale)
        for r in bench.read
    ]
    hours = float(bench.plan.times[-1]) - model.start
    asked = SedmlQuestion(
        "model.xml", title, hours, model.start, protocol.sampling.points - 1, ARCHIVED_RELATIVE, _ABSOLUTE,
        readouts, model.changes,
    )  # fmt: skip
    question = told(attribute(result.attrs, "question"))
    texts = {
        "experiment.sedml": sedml_text(asked, version).encode(),
        "model.xml": model.sbml.encode(),
        "experiment.yaml": source,
        "data.csv": answer_table(result_rows(result), question).csv_text().encode(),
        **figures,
    }
    key = str(attribute(result.attrs, "manifest")["key"])
    texts["metadata.rdf"] = _metadata(title, question, key).encode()
    entries = {}
    for name, data in texts.items():
        form = _FORMATS[name.rpartition(".")[2]]
        entries[name] = ArchiveEntry(name, data, form, name.endswith(".sedml"))
    notes = [Note("export.experiment", name, text) for name, text in _notes(model.start, bench.plan.notes)]
    return ExperimentArchive(archive_bytes(entries), tuple(entries), bench.plan.lanes, tuple(notes))


def _notes(start: float, of_plan: tuple[str, ...]) -> list[tuple[str, str]]:
    text = "the cells are at rest at time 0 by their initial values; what is given later is an event"
    notes = [("model.xml", text)]
    if start:
        notes.append(
            (
                "experiment.sedml",
                f"time 0 of the model is {start:g} h of the experiment; time_h is the latter",
            )
        )
    return [*notes, *(("experiment.yaml", note) for note in of_plan)]


def _metadata(title: str, question: str, key: str) -> str:
    """Who, when and what, in the words of Dublin Core and FOAF, as other archives say it."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    zone = datetime.UTC
    now = (
        datetime.datetime.fromtimestamp(int(epoch), zone) if epoch.isdigit() else datetime.datetime.now(zone)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcterms="http://purl.org/dc/terms/"
 xmlns:foaf="http://xmlns.com/foaf/0.1/">
 <rdf:Description rdf:about=".">
  <dcterms:title>{escape(title)}</dcterms:title>
  <dcterms:description>{escape(question)}. {escape(NOTICE)}</dcterms:description>
  <dcterms:creator rdf:parseType="Resource"><foaf:name>jakstat {VERSION}</foaf:name></dcterms:creator>
  <dcterms:created rdf:parseType="Resource">
   <dcterms:W3CDTF>{now.strftime("%Y-%m-%dT%H:%M:%SZ")}</dcterms:W3CDTF>
  </dcterms:created>
  <dcterms:identifier>sha256:{escape(key)}</dcterms:identifier>
 </rdf:Description>
</rdf:RDF>
"""
