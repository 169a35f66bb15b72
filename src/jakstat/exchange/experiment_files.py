"""Running a SED-ML file, or every experiment of a COMBINE archive."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from jakstat.errors import Note, Outcome, Problem, problem
from jakstat.exchange.foreign_model import ForeignModel
from jakstat.exchange.formats import ARCHIVE
from jakstat.exchange.omex_file import Archive, ArchiveEntry, inside, read_archive
from jakstat.exchange.sedml_outputs import ShownOutput, shown
from jakstat.exchange.sedml_reading import read_sedml
from jakstat.limits import LIMITS
from jakstat.tables import read_file

__all__ = ["FileAnswer", "lone_model", "run_experiments"]

_Source = Callable[[str, str], tuple[bytes, str]]


@dataclass(frozen=True)
class FileAnswer:
    """What the experiments of a file show.

    Parameters
    ----------
    documents : tuple of str
        Names of the SED-ML documents.
    outputs : tuple of ShownOutput
    outcomes : tuple of Outcome
        One per simulation.
    notes : tuple of Note
    warnings : tuple of Problem
        Of reading the models.
    """

    documents: tuple[str, ...]
    outputs: tuple[ShownOutput, ...]
    outcomes: tuple[Outcome, ...]
    notes: tuple[Note, ...]
    warnings: tuple[Problem, ...]


def run_experiments(
    path: Path,
    format_name: str,
    *,
    task: str | None = None,
    assume_zero: bool = False,
    assume_one_stoichiometry: bool = False,
) -> FileAnswer:
    """Do what a SED-ML file or an archive says.

    Parameters
    ----------
    path : Path
    format_name : str
        As :func:`~jakstat.exchange.formats.file_format` tells it.
    task : str, optional
        Of one document; the others are left out.
    assume_zero, assume_one_stoichiometry : bool
        As in :func:`~jakstat.engine.load.load_sbml`.

    Raises
    ------
    InputError
        Everything that is wrong with the archive, its documents or models; ``archive.empty``.
    """
    notes: list[Note] = []
    if format_name == ARCHIVE:
        archive = read_archive(path)
        notes += archive.notes
        documents = [(e.name, e.data, _from_archive(archive, e)) for e in archive.experiments()]
        if not documents:
            hint = "an archive with one SBML model and nothing else is run with --until"
            raise problem("archive.empty", "there is no SED-ML document to run", file=path.name, hint=hint)
    else:
        documents = [(path.name, read_file(path, most=LIMITS.sbml_bytes), _from_folder(path))]
    experiments = [(name, read_sedml(data, file=name), source) for name, data, source in documents]
    if task is not None:
        holds = [e for e in experiments if any(t.id == task for t in e[1].tasks)]
        experiments = holds or experiments[:1]
    done = [
        (name, shown(
            experiment, source, file=name, task=task, assume_zero=assume_zero,
            assume_one_stoichiometry=assume_one_stoichiometry,
        ))
        for name, experiment, source in experiments
    ]  # fmt: skip
    several = len(done) > 1
    outputs = tuple(
        replace(o, id=f"{name}: {o.id}") if several else o for name, answer in done for o in answer.outputs
    )
    return FileAnswer(
        tuple(name for name, _ in done),
        outputs,
        tuple(o for _, answer in done for o in answer.outcomes),
        (*notes, *(n for _, answer in done for n in answer.notes)),
        tuple(w for _, answer in done for w in answer.warnings),
    )


def lone_model(path: Path) -> ForeignModel | None:
    """The one SBML model of an archive without SED-ML; None where there is an experiment to run."""
    archive = read_archive(path)
    models = [e for e in archive.entries.values() if e.is_sbml]
    if archive.experiments() or not models:
        return None
    chosen = [e for e in models if e.master] or models
    if len(chosen) > 1:
        hint = "unpack it and run one of them"
        raise problem(
            "archive.empty", f"there are {len(chosen)} models and no SED-ML", file=path.name, hint=hint
        )
    return ForeignModel(chosen[0].data, archive.notes)


def _from_archive(archive: Archive, document: ArchiveEntry) -> _Source:
    """Models by their place beside a document of an archive."""

    def source(text: str, model: str) -> tuple[bytes, str]:
        _refuse_links(text, model, document.name)
        name = inside(posixpath.join(posixpath.dirname(document.name), text))
        if name is None or name not in archive.entries:
            message = f"'{text[:100]}' is not in the archive"
            raise problem("sedml.source", message, file=document.name, field=model)
        return archive.entries[name].data, name

    return source


def _from_folder(path: Path) -> _Source:
    """Models by their place beside a file."""

    def source(text: str, model: str) -> tuple[bytes, str]:
        _refuse_links(text, model, path.name)
        name = inside(text)
        place = None if name is None else path.parent / name
        if place is None or not place.is_file():
            hint = "models lie in the folder of the document, or below it"
            raise problem(
                "sedml.source", f"'{text[:100]}' is not there", file=path.name, field=model, hint=hint
            )
        return read_file(place, most=LIMITS.sbml_bytes), place.name

    return source


def _refuse_links(text: str, model: str, file: str) -> None:
    if text.lower().startswith(("http:", "https:", "urn:", "ftp:")):
        message = f"the model is at '{text[:100]}', and nothing is fetched"
        hint = "put the model beside the document and name its file as source"
        raise problem("sedml.source", message, file=file, field=model, hint=hint)
