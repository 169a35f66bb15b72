"""Which format a file has, and a model of any format as SBML: the one way into `jakstat run`.

A reader of one more language is one module beside this one with ``read_NAME(path) -> ForeignModel``, which
imports its library inside its functions, and one row of :data:`READERS`: the name that users know the format
by, the endings of its files, and how its text is told where the ending says nothing. The model comes back as
SBML and is then read like any stranger's SBML file; what was understood or put right on the way is a
:class:`~jakstat.errors.Note` each.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jakstat.errors import problem
from jakstat.exchange.antimony_models import read_antimony
from jakstat.exchange.bionetgen_sbml import read_bionetgen
from jakstat.exchange.foreign_model import ForeignModel
from jakstat.limits import LIMITS

__all__ = ["ARCHIVE", "READERS", "SBML", "SED_ML", "ModelReader", "file_format", "read_model"]

SBML = "SBML"
SED_ML = "SED-ML"
ARCHIVE = "COMBINE archive"

_HEAD = 100_000
_PROLOGUE = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*>)*", re.DOTALL)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([\w.-]+)")
_ROOTS = {b"sbml": SBML, b"sedML": SED_ML}
_ENDINGS = {".xml": SBML, ".sbml": SBML, ".sedml": SED_ML, ".omex": ARCHIVE}


@dataclass(frozen=True, slots=True)
class ModelReader:
    """How models of one format are known and read.

    Parameters
    ----------
    format : str
        As users call it.
    endings : tuple of str
        With the point, in small letters.
    mark : bytes
        A regular expression (multiline) that finds something in every such text and in no other.
    read : callable
        The reader.
    """

    format: str
    endings: tuple[str, ...]
    mark: bytes
    read: Callable[[Path], ForeignModel]


READERS: tuple[ModelReader, ...] = (
    ModelReader(
        "Antimony",
        (".ant", ".antimony"),
        rb"^\s*\*?(?:model|module)\s+\*?\w+|^[^<\n]*(?:->|=>)[^<\n]*;",
        read_antimony,
    ),
    ModelReader("BioNetGen network", (".net",), rb"^\s*begin\s+reactions\s*$", read_bionetgen),
)
"""Languages of models beside SBML."""


@dataclass(frozen=True, slots=True)
class _Other:
    """A format that is known and not read: how it is told, and what to do with it."""

    format: str
    endings: tuple[str, ...]
    roots: tuple[bytes, ...]
    hint: str


_OTHERS = (
    _Other("a COPASI file", (".cps",), (b"COPASI",), "export it from COPASI as SBML or as a COMBINE archive"),
    _Other("CellML", (".cellml",), (), "give the model as SBML"),
    _Other("a Virtual Cell file", (".vcml",), (b"vcml",), "export it from Virtual Cell as SBML or .omex"),
    _Other(
        "BioNetGen rules", (".bngl",), (), "write its network with BioNetGen: generate_network() gives .net"
    ),
    _Other("an XPP file", (".ode",), (), "export the model as SBML"),
    _Other("a Python program", (".py",), (), "run it where it was written, and export the model as SBML"),
    _Other("a MATLAB file", (".m", ".mat"), (), "export the model as SBML"),
)


def file_format(path: Path) -> str:
    """Which format a file has: by its first bytes, then by its ending, then by its words.

    Raises
    ------
    InputError
        ``file.missing``, ``file.unreadable``; ``model.format`` for what is known and not read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.txt").write_text("<?xml version='1.0'?><!-- a --><sedML/>")
    ...     file_format(Path(folder, "a.txt"))
    'SED-ML'
    """
    if not path.is_file():
        hint = "give a model as SBML, or a COMBINE archive"
        raise problem("file.missing", f"no file '{path.name}'", file=path.name, hint=hint)
    try:
        with path.open("rb") as handle:
            head = handle.read(_HEAD)
    except OSError as error:
        message = f"'{path.name}' cannot be read: {error.strerror}"
        raise problem("file.unreadable", message, file=path.name) from None
    if head.startswith(b"PK\x03\x04"):
        return ARCHIVE
    root, ending = _root(head), path.suffix.lower()
    if root in _ROOTS:
        return _ROOTS[root]
    for other in _OTHERS:
        if root in other.roots or ending in other.endings:
            message = f"'{path.name}' is {other.format}, which is not read here"
            raise problem("model.format", message, file=path.name, hint=other.hint)
    for reader in READERS:
        if ending in reader.endings:
            return reader.format
    if ending in _ENDINGS:
        return _ENDINGS[ending]
    told = (r.format for r in READERS if root is None and re.search(r.mark, head, re.MULTILINE))
    return next(told, SBML)  # what is nothing of all this is refused by the reader of SBML, by line


def read_model(path: Path, format_name: str | None = None) -> ForeignModel:
    """A model of any format as SBML.

    Parameters
    ----------
    path : Path
    format_name : str, optional
        From :func:`file_format`, which is asked when it is not given.

    Raises
    ------
    InputError
        As :func:`file_format`; ``file.too-large``; everything the reader of the format refuses.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.xml").write_text("<sbml/>")
    ...     read_model(Path(folder, "a.xml")).notes
    ()
    """
    found = file_format(path) if format_name is None else format_name
    for reader in READERS:
        if reader.format == found:
            if path.stat().st_size > LIMITS.sbml_bytes:
                message, hint = f"'{path.name}' is too large", f"at most {LIMITS.sbml_bytes} bytes are read"
                raise problem("file.too-large", message, file=path.name, hint=hint)
            return reader.read(path)
    return ForeignModel(path)


def _root(head: bytes) -> bytes | None:
    """The name of the first element without its prefix; None where there is none."""
    text = head.removeprefix(b"\xef\xbb\xbf")
    skipped = _PROLOGUE.match(text)
    found = _ROOT.match(text, skipped.end() if skipped else 0)
    return found[1] if found else None
