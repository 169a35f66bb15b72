"""XML from outside as a tree that keeps prefixes and namespaces; what no honest file needs is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.dom import minidom
from xml.parsers import expat
from xml.parsers.expat import ExpatError

from jakstat.errors import InputError, problem
from jakstat.limits import LIMITS

__all__ = ["attribute_of", "elements", "namespaces_at", "parsed_xml"]


def parsed_xml(data: bytes, *, file: str, most: int = LIMITS.sbml_bytes) -> Any:
    """The root element of a document.

    Raises
    ------
    InputError
        ``xml.size``, ``xml.doctype``, ``xml.depth``, ``xml.elements``, ``xml.empty``, ``xml.syntax``.

    Examples
    --------
    >>> parsed_xml(b"<a x='1'/>", file="a.xml").getAttribute("x")
    '1'
    """
    if len(data) > most:
        raise problem("xml.size", f"the document has {len(data)} bytes", file=file, hint=f"at most {most}")
    if not data.strip():
        raise problem("xml.empty", "the document is empty", file=file)
    try:
        _Shape(file).check(data)
        return minidom.parseString(data).documentElement
    except (ExpatError, ValueError, LookupError) as error:
        if isinstance(error, InputError):
            raise
        line = getattr(error, "lineno", None)
        raise problem("xml.syntax", f"this is no XML: {error}", file=file, line=line) from None


class _Shape:
    """A first pass that keeps nothing: how deep the elements go, how many there are, and no DOCTYPE."""

    def __init__(self, file: str) -> None:
        self.file, self.depth, self.count = file, 0, 0

    def check(self, data: bytes) -> None:
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self.doctype
        parser.StartElementHandler = self.begin
        parser.EndElementHandler = self.end
        parser.Parse(data, True)

    def doctype(self, *_: object) -> None:
        message = "the document declares a document type or entities"
        raise problem("xml.doctype", message, file=self.file, hint="remove the DOCTYPE")

    def begin(self, *_: object) -> None:
        self.depth += 1
        self.count += 1
        if self.depth > LIMITS.xml_depth:
            hint = f"at most {LIMITS.xml_depth} levels"
            raise problem("xml.depth", "elements are nested too deeply", file=self.file, hint=hint)
        if self.count > LIMITS.sbml_elements:
            raise problem("xml.elements", "too many elements", file=self.file)

    def end(self, *_: object) -> None:
        self.depth -= 1


def elements(parent: Any, *names: str) -> Iterator[Any]:
    """Child elements, all or those of the given local names.

    Examples
    --------
    >>> [e.tagName for e in elements(parsed_xml(b"<a><b/>t<c/></a>", file="a.xml"), "c")]
    ['c']
    """
    for node in parent.childNodes:
        if node.nodeType == node.ELEMENT_NODE and (not names or node.localName in names):
            yield node


def attribute_of(element: Any, name: str) -> str:
    """An attribute without prefix; empty where it is not set.

    Examples
    --------
    >>> attribute_of(parsed_xml(b"<a x='1'/>", file="a.xml"), "y")
    ''
    """
    return str(element.getAttribute(name))


def namespaces_at(element: Any) -> dict[str, str]:
    """The namespaces of the prefixes that hold at an element; the default one is under ``""``.

    Examples
    --------
    >>> namespaces_at(parsed_xml(b"<a xmlns:s='u'/>", file="a.xml"))
    {'s': 'u'}
    """
    found: dict[str, str] = {}
    node = element
    while node is not None and node.nodeType == node.ELEMENT_NODE:
        for name, value in node.attributes.items():
            if name == "xmlns" or name.startswith("xmlns:"):
                found.setdefault(name.partition(":")[2], value)
        node = node.parentNode
    return found
