"""Words that people use for what the model has, and what each is read as.

Case, blanks, hyphens, dots, slashes and Greek letters do not tell two names apart (``IL-6``, ``p-STAT3``,
``HEP G2``, ``IFNγ``); ``words.csv`` has the names that differ otherwise (gp130 is IL6ST). What was given
stands behind the name in every answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from jakstat.tables import read_cells

__all__ = ["GivenName", "given_as", "loosened", "other_words", "read_as", "read_word"]

_LOOSE = re.compile(r"[\s_\-.,/()'’:]+")
_GREEK = str.maketrans({"α": "a", "β": "b", "γ": "g", "κ": "k", "λ": "l", "ω": "w"})
_SPELT = {"interleukin": "il", "interferon": "ifn", "alpha": "a", "beta": "b", "gamma": "g", "kappa": "k",
          "lambda": "l", "omega": "w", "phosphorylated": "p", "phospho": "p"}  # fmt: skip


class GivenName(str):
    """A name of the model that was given in other words; it compares and prints as the name.

    Examples
    --------
    >>> name = GivenName("IL6ST", "gp130")
    >>> name == "IL6ST", name.given
    (True, 'gp130')
    """

    __slots__ = ("given",)
    given: str

    def __new__(cls, name: str, given: str) -> GivenName:
        """A name, and the words for it."""
        made = super().__new__(cls, name)
        made.given = given
        return made

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        return str(self), self.given


def given_as(name: str) -> str:
    """The name, with the words in which it was given behind it.

    Examples
    --------
    >>> given_as(GivenName("IL6ST", "gp130")), given_as("IL6")
    ('IL6ST (gp130)', 'IL6')
    """
    return f"{name} ({name.given})" if isinstance(name, GivenName) else str(name)


def read_as(names: Iterable[str]) -> tuple[str, ...]:
    """What each name that was given in other words was read as, in words.

    Examples
    --------
    >>> read_as([GivenName("pSTAT3", "p-STAT3"), "SOCS3"])
    ('p-STAT3 read as pSTAT3',)
    """
    return tuple(f"{name.given} read as {name}" for name in names if isinstance(name, GivenName))


def loosened(text: str) -> str:
    """A name without what does not tell names apart.

    Examples
    --------
    >>> loosened("IL-6"), loosened("p-STAT3 (Y705)"), loosened("TNFα") == loosened("tnf-alpha")
    ('il6', 'pstat3y705', True)
    """
    plain = _LOOSE.sub("", text.casefold().translate(_GREEK).replace("\u00b5", "u").replace("\u03bc", "u"))
    for word, short in _SPELT.items():
        plain = plain.replace(word, short)
    return plain


def read_word(kind: str, text: str, known: Iterable[str]) -> str | None:
    """The name that a text means, or None.

    Parameters
    ----------
    kind : {"context", "state", "ligand", "gene", "readout"}
    text : str
    known : iterable of str
        The names there are.

    Returns
    -------
    str or None
        The text itself when it is a name, else a :class:`GivenName`.

    Examples
    --------
    >>> read_word("gene", "SHP-2", ["PTPN11", "STAT3"]), read_word("gene", "stat-3", ["PTPN11", "STAT3"])
    ('PTPN11', 'STAT3')
    >>> read_word("readout", "PD-L1 mRNA", ["CD274_mRNA", "CD274"])
    'CD274_mRNA'
    >>> read_word("gene", "SHP", ["PTPN11"]) is None
    True
    """
    names = tuple(known)
    plain = text.strip()
    if plain in names:
        return plain
    found = _meanings(kind, names).get(loosened(plain))
    return None if found is None else GivenName(found, plain)


def other_words(kind: str, name: str) -> tuple[str, ...]:
    """The words for a name that differ from it in more than case, blanks and hyphens.

    Examples
    --------
    >>> other_words("gene", "IL6ST")
    ('gp130', 'CD130')
    """
    return next((words for one, words in _words(kind) if one == name), ())


@cache
def _meanings(kind: str, names: tuple[str, ...]) -> Mapping[str, str]:
    """Names by every loosened spelling; one that two names share means neither, unless it is a name's own."""
    own: dict[str, list[str]] = {}
    for name in names:
        own.setdefault(loosened(name), []).append(name)
    other: dict[str, set[str]] = {}
    for name, words in _words(kind):
        for word in words:
            other.setdefault(loosened(word), set()).update({name} & set(names))
    if kind == "readout":
        for name in names:
            for word in _spellings(name):
                other.setdefault(loosened(word), set()).add(name)
    found = {key: next(iter(some)) for key, some in other.items() if len(some) == 1}
    return {**found, **{key: some[0] for key, some in own.items() if len(some) == 1}}


def _spellings(readout: str) -> Iterable[str]:
    """A readout with its gene in other words: PD-L1_mRNA for CD274_mRNA."""
    gene, mark, rest = readout.partition("_")
    active = gene[:1] == "p" and gene[1:2].isupper()
    for name, words in _words("gene"):
        if name == (gene[1:] if active else gene):
            yield from (f"{'p' * active}{word}{mark}{rest}" for word in words)


@cache
def _words(kind: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    data = files("jakstat.biology").joinpath("words.csv").read_bytes()
    table = read_cells(data, file="biology/words.csv", columns=("kind", "name", "aliases")).sound()
    rows = (line.cells for line in table.lines if line.cells["kind"] == kind)
    return tuple((row["name"], tuple(row["aliases"].split(";"))) for row in rows)
