"""A look at the raw bytes of a document before any XML parser may see them.

XML parsers fall to entity bombs, deep nesting and sheer size; this scan needs
only linear time and constant stack, and refuses what no honest model needs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from jakstat.engine.network.unsupported import refused
from jakstat.errors import InputError, Problem
from jakstat.limits import LIMITS

__all__ = ["ReadLimits", "check_bytes"]


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Caps on a document that is read from outside.

    ``cpu_base`` and ``cpu_per_megabyte`` (seconds) bound the reader's work,
    ``wall_factor`` times that plus ``wall_base`` its waiting; ``memory`` is in bytes.
    """

    size: int = LIMITS.sbml_bytes
    depth: int = LIMITS.xml_depth
    elements: int = LIMITS.sbml_elements
    attribute: int = LIMITS.xml_attribute_length
    attributes: int = 200
    species: int = LIMITS.sbml_species
    formula_nodes: int = LIMITS.formula_nodes
    total_nodes: int = 1_000_000
    formula_depth: int = 250
    problems: int = 50
    memory: int = LIMITS.parse_memory_bytes
    cpu_base: float = 1.6
    cpu_per_megabyte: float = 6.0
    wall_base: float = 10.0
    wall_factor: float = 3.0


_DECLARED = re.compile(rb"""<\?xml[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_TAG = re.compile(rb"""</?([A-Za-z_][\w.:-]*+)((?:[^"'<>]++|"[^"<]*+"|'[^'<]*+')*+)>""")
_ATTRIBUTE = re.compile(rb"""([\w:.-]++)\s*+=\s*+["']([^"']*+)["']""")
_SPACE = b"http://www.sbml.org/sbml/level"
_NAMESPACES = {
    (b"1", b"1"): _SPACE + b"1",
    (b"1", b"2"): _SPACE + b"1",
    (b"2", b"1"): _SPACE + b"2",
    **{(b"2", v): _SPACE + b"2/version" + v for v in (b"2", b"3", b"4", b"5")},
    **{(b"3", v): _SPACE + b"3/version" + v + b"/core" for v in (b"1", b"2")},
}
_QUOTED = re.compile(rb""""([^"]*+)"|'([^']*+)'""")


def check_bytes(data: bytes, *, file: str | None = None, limits: ReadLimits | None = None) -> None:
    """Refuse a document that is too big, too deep, not UTF-8, not SBML or that declares entities.

    Parameters
    ----------
    data : bytes
        The document as it lies on disk.
    file : str, optional
        Its name, for messages.
    limits : ReadLimits, optional
        The caps.

    Raises
    ------
    InputError
        With one problem: ``xml.size``, ``xml.encoding``, ``xml.doctype``, ``xml.depth``,
        ``xml.syntax``, ``xml.elements``, ``xml.attribute``, ``xml.empty``, ``sbml.root``
        or ``sbml.unsupported.level``.

    Examples
    --------
    >>> check_bytes(b'<sbml xmlns="http://www.sbml.org/sbml/level1" level="1" version="2"></sbml>')
    >>> check_bytes(b"<html></html>")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: 1: the document is <html>, not <sbml>. give an SBML file [sbml.root]
    """
    caps = limits or ReadLimits()
    if len(data) > caps.size:
        raise _fault("xml.size", f"the document has {len(data)} bytes", file, None, f"at most {caps.size}")
    _check_encoding(data, file)
    _Scan(data, file, caps).run()


def _fault(code: str, message: str, file: str | None, line: int | None, hint: str = "") -> InputError:
    return InputError([Problem(code, message, file, line, None, None, hint)])


def _check_encoding(data: bytes, file: str | None) -> None:
    if not data.strip():
        raise _fault("xml.empty", "the document is empty", file, None, "give an SBML file")
    if b"\x00" in data:
        line = data.count(b"\n", 0, data.index(b"\x00")) + 1
        raise _fault("xml.encoding", "the document holds NUL bytes", file, line, "save it as UTF-8 text")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _fault(
            "xml.encoding", "the document is not UTF-8 text", file, line, "save it as UTF-8"
        ) from None
    declared = _DECLARED.search(data[:500])
    if declared and declared[1].lower() not in (b"utf-8", b"us-ascii", b"ascii"):
        name = declared[1].decode()
        raise _fault("xml.encoding", f"the encoding {name} is not allowed", file, 1, "save it as UTF-8")


class _Scan:
    """One pass over the markup; keeps only the depth and counts."""

    def __init__(self, data: bytes, file: str | None, caps: ReadLimits) -> None:
        self.data = data
        self.file = file
        self.caps = caps
        self.depth = 0
        self.elements = 0
        self.species = 0
        self.root: bytes | None = None
        self.prefix = b""

    def fault(self, code: str, message: str, at: int, hint: str = "") -> InputError:
        return _fault(code, message, self.file, self.line(at), hint)

    def line(self, at: int) -> int:
        return self.data.count(b"\n", 0, at) + 1

    def run(self) -> None:
        data = self.data
        at = data.find(b"<")
        if at < 0 or data[:at].lstrip(b"\xef\xbb\xbf").strip():
            raise self.fault("xml.syntax", "the document is not XML", 0, "give an SBML file")
        while at >= 0:
            at = data.find(b"<", self.piece(at))
        if self.root is None:
            raise self.fault("xml.syntax", "the document has no element", 0, "give an SBML file")
        if self.depth:
            raise self.fault("xml.syntax", "the document ends before its elements are closed", len(data))

    def piece(self, at: int) -> int:
        """Handle the markup that starts at ``at``; returns where it ends."""
        data = self.data
        for start, stop in ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>")):
            if data.startswith(start, at):
                end = data.find(stop, at + len(start))
                if end < 0:
                    raise self.fault("xml.syntax", f"'{start.decode()}' is never closed", at)
                return end + len(stop)
        if data.startswith(b"<!", at):
            raise self.fault(
                "xml.doctype", "the document declares a document type or entities", at, "remove the DOCTYPE"
            )
        tag = _TAG.match(data, at)
        if tag is None:
            raise self.fault("xml.syntax", "a tag is malformed or cut off", at)
        self.tag(tag, at)
        return tag.end()

    def tag(self, tag: re.Match[bytes], at: int) -> None:
        if self.data[at + 1] == 0x2F:
            self.depth -= 1
            if self.depth < 0:
                raise self.fault("xml.syntax", "an element is closed that was never opened", at)
            return
        local = tag[1].rpartition(b":")[2]
        if self.root is None:
            self.root = local
            self.prefix = tag[1].rpartition(b":")[0]
            if local != b"sbml":
                name = local[:60].decode()
                raise self.fault(
                    "sbml.root", f"the document is <{name}>, not <sbml>", at, "give an SBML file"
                )
            self.level(tag[2], at)
        elif self.depth == 0:
            raise self.fault("xml.syntax", "there is a second root element", at)
        self.count(local, tag, at)
        if not tag[2].endswith(b"/"):
            self.depth += 1
            if self.depth > self.caps.depth:
                raise self.fault(
                    "xml.depth", "elements are nested too deeply", at, f"at most {self.caps.depth} levels"
                )

    def level(self, attributes: bytes, at: int) -> None:
        """Level, version and namespace must fit each other: libSBML ends the process otherwise."""
        given = {m[1]: m[2] for m in _ATTRIBUTE.finditer(attributes)}
        pair = (given.get(b"level", b""), given.get(b"version", b""))
        prefix = self.prefix
        space = given.get(b"xmlns:" + prefix if prefix else b"xmlns", b"")
        if space != _NAMESPACES.get(pair):
            told = " ".join(part.decode("utf-8", "replace")[:60] for part in (*pair, space))
            raise InputError([refused("level", told.strip(), file=self.file, line=self.line(at))])

    def count(self, local: bytes, tag: re.Match[bytes], at: int) -> None:
        self.elements += 1
        self.species += local == b"species"
        if self.elements > self.caps.elements:
            raise self.fault("xml.elements", "too many elements", at, f"at most {self.caps.elements}")
        if self.species > self.caps.species:
            raise self.fault("xml.elements", "too many species", at, f"at most {self.caps.species}")
        if len(tag[2]) > self.caps.attributes:
            values = _QUOTED.findall(tag[2])
            if len(values) > self.caps.attributes:
                raise self.fault("xml.attribute", "an element has too many attributes", at)
            if max(len(a) + len(b) for a, b in values or [(b"", b"")]) > self.caps.attribute:
                raise self.fault("xml.attribute", "an attribute is too long", at)
