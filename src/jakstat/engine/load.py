"""Opening SBML from a file or a text."""

from __future__ import annotations

import os
from pathlib import Path

from jakstat.engine.model import Model
from jakstat.engine.network.network import Network
from jakstat.engine.read.guard import ReadLimits, check_bytes
from jakstat.engine.read.import_report import Assumptions, ImportReport
from jakstat.errors import problem

__all__ = ["load_sbml"]


def load_sbml(
    path_or_text: str | bytes | os.PathLike[str],
    *,
    assume_zero: bool = False,
    assume_one_stoichiometry: bool = False,
    trusted: bool = False,
    limits: ReadLimits | None = None,
) -> Model:
    """Read an SBML document of any level into a model that can be simulated.

    Parameters
    ----------
    path_or_text : str, bytes or path
        A file name, or the document itself (anything that starts with ``<``).
    assume_zero : bool
        Whether species and parameters that are used and never set count as zero.
        Without it they are an error, because simulators silently differ about them.
    assume_one_stoichiometry : bool
        Whether species references without a stoichiometry have 1 (Level 3 has no default; PySB and others
        leave it out). Without it they are an error.
    trusted : bool
        Read in this process without libSBML's consistency checks, and kept on disk for the next time;
        only for documents the product itself has written.
    limits : ReadLimits, optional
        Caps for documents from outside.

    Returns
    -------
    Model

    Raises
    ------
    InputError
        With every problem found: hostile or damaged files, invalid SBML, values
        that are missing, features that are not supported (by name).

    Examples
    --------
    >>> text = '''<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
    ... <model><listOfParameters><parameter id="k" value="2" constant="true"/></listOfParameters></model>
    ... </sbml>'''
    >>> load_sbml(text, trusted=True).network.parameters[0].value
    2.0
    """
    caps = limits or ReadLimits()
    assume = Assumptions(assume_zero, assume_one_stoichiometry)
    data, name = _document(path_or_text, caps)
    if trusted:
        from jakstat.engine.network_cache import kept_network

        def read() -> tuple[Network, ImportReport]:
            from jakstat.engine.read.sbml_read import read_document

            check_bytes(data, file=name, limits=caps)
            text = data.removeprefix(b"\xef\xbb\xbf").decode()
            return read_document(text, assume=assume, file=name, limits=caps, own=True)

        return Model(*kept_network(data, read, assume=assume, file=name, limits=caps))
    check_bytes(data, file=name, limits=caps)
    from jakstat.engine.read.sbml_process import read_in_child

    return Model(*read_in_child(data, assume=assume, file=name, limits=caps))


def _document(source: str | bytes | os.PathLike[str], caps: ReadLimits) -> tuple[bytes, str | None]:
    if isinstance(source, bytes):
        return source, None
    if isinstance(source, str) and (source.lstrip("\ufeff \t\r\n").startswith("<") or not _nameable(source)):
        return source.encode("utf-8", "surrogatepass"), None
    path = Path(source)
    name = path.name
    try:
        if not path.is_file():
            raise problem(
                "file.missing", f"no file '{path}'", file=name, hint="give the path of an SBML file"
            )
        with path.open("rb") as handle:
            return handle.read(caps.size + 1), name
    except OSError as error:
        raise problem("file.unreadable", f"'{path}' cannot be read: {error.strerror}", file=name) from None


def _nameable(text: str) -> bool:
    return 0 < len(text) < 4096 and "\0" not in text and "\n" not in text
