"""Pharmacokinetic parts: Antimony files of the folder ``parts/pk``, with the heading of other parts.

The heading gives two more keys: ``parameters``, the unit in which each number of the part stands in
the model, and, for patterns, slots in percent signs. ``transit`` is written with its number of
compartments (``transit_4``), ``target`` with the ligand that is bound (``target_IL6``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from jakstat.biology.kept import kept_yaml
from jakstat.biology.parts import Annotation, Part, filled, read_part
from jakstat.errors import problem
from jakstat.limits import LIMITS

__all__ = ["pk_part", "pk_part_names", "pk_units"]

_NUMBERED = re.compile(r"(?P<kind>transit|target)_(?P<which>\w+)")
_LEAD = "//! "


@lru_cache(maxsize=1)
def _sources() -> Mapping[str, str]:
    folder = files("jakstat.biology").joinpath("parts", "pk")
    found = {p.name.removesuffix(".ant"): p for p in folder.iterdir() if p.name.endswith(".ant")}
    return {name: found[name].read_text(encoding="utf-8") for name in sorted(found)}


def pk_part_names() -> tuple[str, ...]:
    """Names of the files: the pharmacokinetic parts there are.

    Examples
    --------
    >>> "central" in pk_part_names(), "transit" in pk_part_names()
    (True, True)
    """
    return tuple(_sources())


def _slots(kind: str, which: str) -> dict[str, str]:
    if kind == "target":
        return {"id": which}
    stages = int(which) if which.isdigit() else 0
    if not 1 <= stages <= LIMITS.absorption_stages:
        raise problem("part.unknown", f"a chain of {which!r} transit compartments", hint="transit_4")
    links = [f"substanceOnly species Transit_{i} in site;" for i in range(1, stages + 1)]
    links += [f"Transit_{i} -> Transit_{i + 1}; ktr*Transit_{i};" for i in range(1, stages)]
    named = [f"Passage_{i}: {link}" if "->" in link else link for i, link in enumerate(links, 1 - stages)]
    return {"stages": which, "chain": "\n".join(named)}


@lru_cache(maxsize=64)
def pk_part(name: str, *, stages: str = "") -> Part:
    """The pharmacokinetic part called ``name``.

    Parameters
    ----------
    name : str
        A file of ``parts/pk``, ``transit_N`` or ``target_LIGAND``.
    stages : str
        Number of transit compartments of the model, for the parts that speak of the last one.

    Raises
    ------
    InputError
        ``part.unknown``.

    Examples
    --------
    >>> pk_part("central").ports[0].name
    'clearance_factor'
    >>> "Transit_4 -> Drug" in pk_part("transit_4").text
    True
    """
    numbered = _NUMBERED.fullmatch(name)
    kind, slots = name, {"stages": stages}
    if numbered is not None:
        kind, slots = numbered["kind"], _slots(numbered["kind"], numbered["which"])
    if kind not in _sources() or (numbered is None and kind in ("transit", "target")):
        hint = f"parts: {', '.join(pk_part_names())}; transit_4, target_IL6"
        raise problem("part.unknown", f"there is no pharmacokinetic part {name[:40]!r}", hint=hint)
    found = read_part(name, filled(_sources()[kind], slots), entries={})
    chain = _chain(found.text) if kind == "transit" else ()
    places = tuple(a for a in chain if a.id.startswith("Transit_"))
    return replace(
        found,
        species=(*found.species, *places),
        reactions=(*found.reactions, *(a for a in chain if a not in places)),
    )


def pk_units(parts: Iterable[Part]) -> Mapping[str, str]:
    """The unit in which each number of the parts stands in the model.

    Examples
    --------
    >>> dict(pk_units([pk_part("saturable")]))
    {'Vmax': 'mg/h', 'Km': 'mg/L'}
    """
    found: dict[str, str] = {}
    for part in parts:
        numbered = _NUMBERED.fullmatch(part.name)
        kind = part.name if numbered is None else numbered["kind"]
        slots = {} if numbered is None else {"id": numbered["which"]}
        lines = _sources()[kind].splitlines()
        text = "\n".join(line.removeprefix(_LEAD) for line in lines if line.startswith(f"{_LEAD}parameters:"))
        heading: dict[str, Any] = kept_yaml(filled(text, slots)) or {}
        found.update(heading.get("parameters", {}))
    return MappingProxyType(found)


def _chain(text: str) -> tuple[Annotation, ...]:
    """Annotations of the compartments and passages of a chain, which its heading does not name."""
    found = []
    for word in dict.fromkeys(re.findall(r"\b(?:Transit|Passage)_\d+\b", text)):
        kind, number = word.split("_")
        place = kind == "Transit"
        name = f"transit compartment {number}" if place else f"passage {number}"
        sbo = "SBO:0000247" if place else "SBO:0000185"
        found.append(Annotation(word, name, sbo, ("protocol",), MappingProxyType({}), "", ""))
    return tuple(found)
