"""The paths (XPath 1.0) by which SED-ML points into a model: names, predicates on attributes, one attribute.

Axes, functions and expressions are refused by name: no change of a model in SBML needs them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from jakstat.errors import problem
from jakstat.exchange.plain_xml import attribute_of, elements
from jakstat.exchange.sedml_records import XPath
from jakstat.limits import check_text

__all__ = ["PathParts", "found_by", "named_by", "path_parts"]

_STEP = re.compile(r"(//|/)(?:([A-Za-z_][\w.-]*|\*):)?([A-Za-z_][\w.-]*|\*)((?:\[[^\]\[]*\])*)")
_PREDICATE = re.compile(r"""\[\s*(?:@([\w.:-]+)\s*=\s*(?:'([^']*)'|"([^"]*)")|([0-9]+))\s*\]""")
_SBML = "http://www.sbml.org/sbml/level"
_ATTRIBUTE = re.compile(r"/@((?:[\w.-]+:)?[\w.-]+)$")


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step: a namespace (None for any), a local name, conditions, and whether at any depth."""

    space: str | None
    name: str
    having: tuple[tuple[str, str], ...]
    number: int
    deep: bool


@dataclass(frozen=True, slots=True)
class PathParts:
    """Steps to elements, and the attribute at the end (empty where there is none)."""

    steps: tuple[PathStep, ...]
    attribute: str


def path_parts(path: XPath, *, file: str, where: str) -> PathParts:
    """A path taken apart.

    Raises
    ------
    InputError
        ``sedml.path``: anything but names, ``[@name='...']``, ``[number]`` and a last ``@name``; a prefix
        that no namespace is declared for.

    Examples
    --------
    >>> path = XPath("/s:sbml/s:model/s:parameter[@id='k']/@value", {"s": "u"})
    >>> parts = path_parts(path, file="", where="")
    >>> parts.attribute, parts.steps[-1].having
    ('value', (('id', 'k'),))
    """
    text = check_text(path.text, field=where).strip()
    end = _ATTRIBUTE.search(text)
    body, attribute = (text[: end.start()], end[1]) if end else (text, "")
    steps, at = [], 0
    for found in _STEP.finditer(body):
        if found.start() != at:
            break
        at = found.end()
        having = list(_PREDICATE.finditer(found[4]))
        if "".join(h[0] for h in having) != found[4]:
            at = found.start()
            break
        prefix = found[2] or ""
        space: str | None = path.spaces.get(prefix) if prefix else ""
        if prefix and prefix != "*" and space is None and prefix != "sbml":
            message = f"the prefix '{prefix[:40]}' has no namespace"
            raise problem("sedml.path", message, file=file, field=where, hint=f"xmlns:{prefix[:40]}=...")
        if prefix == "*" or found[3] == "*":
            space = None
        same = tuple((h[1], h[2] if h[2] is not None else h[3]) for h in having if h[1])
        number = next((int(h[4]) for h in having if h[4]), 0)
        steps.append(PathStep(space, found[3], same, number, found[1] == "//"))
    if at != len(body) or not steps or any(s.deep for s in steps[1:]):
        message = f"the path '{text[:100]}' is not understood from '{body[at:][:40]}' on"
        hint = "names, [@id='...'], [1], // at the start and a last @attribute are"
        raise problem("sedml.path", message, file=file, field=where, hint=hint)
    return PathParts(tuple(steps), attribute)


def found_by(parts: PathParts, root: Any) -> list[Any]:
    """The elements of a document that a path points to.

    Examples
    --------
    >>> from jakstat.exchange.plain_xml import parsed_xml
    >>> root = parsed_xml(b"<a><b id='1'/><b id='2'/></a>", file="")
    >>> parts = path_parts(XPath("/a/b[@id='2']"), file="", where="")
    >>> [e.getAttribute("id") for e in found_by(parts, root)]
    ['2']
    """
    here = [root.parentNode if root.parentNode is not None else root]
    for step in parts.steps:
        reached = []
        for parent in here:
            below = _all_below(parent) if step.deep else elements(parent)
            fitting = [e for e in below if _fits(e, step)]
            reached += fitting[step.number - 1 : step.number] if step.number else fitting
        here = reached
    return here


def named_by(parts: PathParts) -> str:
    """The id in the last step: which quantity of a model is meant; empty where none is.

    Examples
    --------
    >>> named_by(path_parts(XPath("/sbml/model/listOfSpecies/species[@id='S1']"), file="", where=""))
    'S1'
    """
    return next((value for name, value in parts.steps[-1].having if name in ("id", "metaid", "name")), "")


def _all_below(parent: Any) -> list[Any]:
    found = []
    for child in elements(parent):
        found.append(child)
        found += _all_below(child)
    return found


def _fits(element: Any, step: PathStep) -> bool:
    if step.name not in ("*", element.localName):
        return False
    there = element.namespaceURI or ""
    # files often name another level of SBML than their model has
    if step.space and there != step.space and not (there.startswith(_SBML) and step.space.startswith(_SBML)):
        return False
    return all(
        element.hasAttribute(name) and attribute_of(element, name) == value for name, value in step.having
    )
