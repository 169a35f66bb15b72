"""BibTeX of the software and of the sources that a result rests on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jakstat.errors import InputError, Problem, problem
from jakstat.identity import VERSION
from jakstat.knowledge.loader import sources
from jakstat.knowledge.source import Source
from jakstat.limits import LIMITS
from jakstat.tables import read_file

__all__ = ["Citation", "bibtex", "citations", "source_keys"]

_SELF = Source(
    key="jakstat",
    kind="software",
    title="jakstat: an executable, evidence-linked laboratory for IL-6/JAK/STAT3 signalling in cancer",
    authors=("{The jakstat developers}",),
    accession=f"version-{VERSION}",
)
# What every run uses; a method that only some runs use is named in their manifest.
_ALWAYS = ("scipy", "numpy", "libsbml", "antimony", "sbml", "rodas5p")
_SPECIAL = str.maketrans({c: f"\\{c}" for c in "&%$#_"} | {"\\": " ", "~": " ", "^": " ", "{": "", "}": ""})


@dataclass(frozen=True, slots=True)
class Citation:
    """One entry: key, title, DOI (or ``""``) and the BibTeX text."""

    key: str
    title: str
    doi: str
    bibtex: str


def citations(result: str | Path | None = None) -> tuple[Citation, ...]:
    """What to cite: the software, then every source of `result` (or all sources).

    Parameters
    ----------
    result : path, optional
        A saved result: JSON with ``manifest.sources``, or a folder with ``manifest.json``.

    Raises
    ------
    InputError
        ``file.missing``, ``file.large``, ``result.form``, ``record.orphan``.

    Examples
    --------
    >>> citations()[0].key
    'jakstat'
    """
    known = sources()
    tools = [known[key] for key in _ALWAYS]
    if result is None:
        rest = list(known.values())
    else:
        rest = _known(source_keys(result), known, file=str(result))
    cited = dict.fromkeys(s for s in (_SELF, *tools, *rest) if s.kind != "convention")
    return tuple(Citation(s.key, s.title, s.doi, bibtex(s)) for s in cited)


def source_keys(result: str | Path) -> tuple[str, ...]:
    """Keys of the sources that a saved result names; problems as :func:`citations`."""
    path = Path(result)
    place = path / "manifest.json" if path.is_dir() else path
    data = read_file(place, most=LIMITS.result_bytes)
    try:
        document = json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise _form(place) from None
    keys = _listed(document)
    if keys is None:
        raise _form(place)
    return keys


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def bibtex(source: Source) -> str:
    """One BibTeX entry.

    Examples
    --------
    >>> print(bibtex(Source(key="ward1994", kind="article", title="A hexamer", year=1994, container="J & C")))
    @article{ward1994,
      title = {{A hexamer}},
      journal = {J \\& C},
      year = {1994}
    }
    """
    article = source.kind in ("article", "review", "software", "method") and bool(source.container)
    fields = {
        "author": " and ".join(a if a.startswith("{") else _escape(a) for a in source.authors),
        "title": "{" + _escape(source.title) + "}",
        "journal" if article else "howpublished": _escape(source.container),
        "year": "" if source.year is None else str(source.year),
        "doi": source.doi,
        "pmid": source.pmid,
        "note": _escape(source.accession.replace("-", " ", 1) if source is _SELF else source.accession),
    }
    body = ",\n".join(f"  {name} = {{{text}}}" for name, text in fields.items() if text)
    return f"@{'article' if article else 'misc'}{{{source.key},\n{body}\n}}"


def _escape(text: str) -> str:
    return text.translate(_SPECIAL)


def _known(keys: Iterable[str], known: dict[str, Source], *, file: str) -> list[Source]:
    unknown = [k for k in keys if k not in known]
    if unknown:
        raise InputError(
            Problem(
                "record.orphan", f"no source {key[:60]!r}", file, hint="the result is from another version"
            )
            for key in unknown
        )
    return [known[k] for k in keys]


def _listed(document: object) -> tuple[str, ...] | None:
    if not isinstance(document, dict):
        return None
    inner = document.get("manifest", document)
    found = inner.get("sources") if isinstance(inner, dict) else None
    if isinstance(found, list) and all(isinstance(key, str) for key in found):
        return tuple(found)
    return None


def _form(place: Path) -> InputError:
    hint = "give a result saved with --json, or its folder"
    return problem("result.form", "this is no saved result", file=str(place), hint=hint)
