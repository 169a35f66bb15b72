"""Says who? The records behind a reaction, a parameter, a species or a readout."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from jakstat.biology import Part, context, contexts, observables, parameters, part_names, parts, state, states
from jakstat.errors import problem
from jakstat.knowledge import Source, knowledge
from jakstat.knowledge.claim import Claim
from jakstat.knowledge.domain import Domain
from jakstat.knowledge.parameter_table import Row
from jakstat.knowledge.quantity import QuantityRecord
from jakstat.pharmacology import library_agents

__all__ = ["Explanation", "Setting", "explained_names", "why"]

_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Setting:
    """A parameter's row in one context; ``context`` is empty for what all contexts share.

    For a state of the cell, ``context`` is its name and ``acts`` says how the row acts on the
    cell's number: times, add or set.
    """

    context: str
    row: Row
    acts: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What stands behind one piece of the model.

    ``kind`` is reaction, species, parameter, rule, observable, context, state or domain; ``uses`` names the
    parameters that enter it, ``used_by`` the reactions that a parameter enters, or the drugs that act on
    a domain.
    """

    name: str
    kind: str
    part: str
    formula: str
    claims: tuple[Claim, ...]
    quantities: tuple[QuantityRecord, ...]
    sources: tuple[Source, ...]
    settings: tuple[Setting, ...]
    uses: tuple[str, ...]
    used_by: tuple[str, ...]

    @property
    def records(self) -> int:
        """How many records stand behind it."""
        return len(self.claims) + len(self.quantities) + len(self.sources) + len(self.settings)

    @property
    def grades(self) -> tuple[str, ...]:
        """The grades of its numbers, each once."""
        return tuple(dict.fromkeys(s.row.grade for s in self.settings))


@dataclass(frozen=True, slots=True)
class _ModelPiece:
    """A reaction or species of a part, with the text of its formula."""

    part: str
    kind: str
    evidence: tuple[str, ...]
    formula: str


def why(name: str) -> Explanation:
    """The records behind a reaction, parameter, species, rule or readout, or behind a cell or its state.

    Parameters
    ----------
    name : str
        Its id, as `jakstat model` shows it, or the name of a context or state.

    Raises
    ------
    InputError
        ``name.unknown``, with the nearest names.

    Examples
    --------
    >>> [c.id for c in why("STAT3_dimerisation").claims]
    ['C095', 'C102', 'C132', 'C354']
    """
    pieces, rows = _pieces(), _rows()
    if name in knowledge().domains:
        return _of_domain(knowledge().domains[name], rows)
    if name in pieces:
        return _of_piece(name, pieces[name], rows)
    if name in rows:
        return _of_parameter(name, rows[name])
    formulas = _formulas()
    if name in formulas:
        kind, formula = formulas[name]
        written_out = _expanded(formula)
        used = _parameters_of(written_out, rows)
        settings = tuple(s for key in used for s in rows[key])
        keys = [key for word in _NAME.findall(written_out) if word in pieces for key in pieces[word].evidence]
        return _answer(name, kind, "", formula, keys, settings, used, ())
    if name in contexts():
        cell = context(name)
        given = tuple(Setting(name, row) for row in cell.own)
        uses = (cell.like,) if cell.like else ()
        return _answer(name, "context", "", cell.title, cell.sources, given, uses, ())
    if name in states():
        change = state(name)
        given = tuple(Setting(name, row, row.key[1]) for row in change.rows)
        return _answer(
            name, "state", "", change.title, [*change.records, *change.sources], given, change.requires, ()
        )
    near = difflib.get_close_matches(name[:60], explained_names(), n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "see: jakstat model hepg2"
    raise problem("name.unknown", f"the model has no {name[:60]!r}", field="NAME", hint=hint)


def explained_names() -> tuple[str, ...]:
    """Everything :func:`why` can be asked about.

    Examples
    --------
    >>> "KD_IL6_IL6R" in explained_names()
    True
    """
    return tuple(
        dict.fromkeys([*_pieces(), *_rows(), *_formulas(), *contexts(), *states(), *knowledge().domains])
    )


def _of_domain(domain: Domain, rows: dict[str, tuple[Setting, ...]]) -> Explanation:
    """The claims that name the domain, its sources, and the numbers that stand for it in the model."""
    known = knowledge()
    claims = [c.id for c in known.claims.values() if domain.protein in (c.subject, c.object)]
    settings = tuple(s for symbol in domain.symbols for s in rows.get(symbol, ()))
    formula = f"{domain.name}, residues {domain.residues} of {domain.uniprot}: {domain.role}"
    keys = [*claims, *domain.source]
    return _answer(domain.id, "domain", "", formula, keys, settings, domain.symbols, domain.agents)


def _of_piece(name: str, piece: _ModelPiece, rows: dict[str, tuple[Setting, ...]]) -> Explanation:
    formula = _expanded(piece.formula)
    used = _parameters_of(formula, rows)
    return _answer(name, piece.kind, piece.part, piece.formula, piece.evidence, (), used, ())


def _of_parameter(name: str, settings: tuple[Setting, ...]) -> Explanation:
    used_by = tuple(key for key, words in _words_of_reactions().items() if name in words)
    keys = [s.row.source for s in settings]
    quantities = [q.id for q in knowledge().quantities.values() if name in q.parameters]
    # a number is backed by what the reactions it enters claim, where it has no record of its own
    claims = [k for r in used_by for k in _pieces()[r].evidence if k.startswith("C") and k[1:].isdigit()]
    return _answer(name, "parameter", "", "", [*quantities, *keys, *claims], settings, (), used_by)


def _answer(
    name: str,
    kind: str,
    part: str,
    formula: str,
    keys: Iterable[str],
    settings: tuple[Setting, ...],
    uses: tuple[str, ...],
    used_by: tuple[str, ...],
) -> Explanation:
    known = knowledge()
    found = list(dict.fromkeys(keys))
    claims = tuple(known.claims[k] for k in found if k in known.claims)
    quantities = tuple(known.quantities[k] for k in found if k in known.quantities)
    cited = [s for key in (*found, *(s.row.source for s in settings)) for s in known.sources_of(key)]
    sources = tuple(known.sources[s] for s in dict.fromkeys(cited))
    return Explanation(name, kind, part, formula, claims, quantities, sources, settings, uses, used_by)


@lru_cache(maxsize=1)
def _pieces() -> dict[str, _ModelPiece]:
    found: dict[str, _ModelPiece] = {}
    for part in parts(part_names()):
        found.update({s.id: _ModelPiece(part.name, "species", s.evidence, "") for s in part.species})
        found.update(
            {r.id: _ModelPiece(part.name, "reaction", r.evidence, _law(part, r.id)) for r in part.reactions}
        )
    return found


@lru_cache(maxsize=1)
def _words_of_reactions() -> dict[str, frozenset[str]]:
    """The names in every reaction's law, with the named rules in it written out."""
    reactions = {key: piece for key, piece in _pieces().items() if piece.kind == "reaction"}
    return {key: frozenset(_NAME.findall(_expanded(piece.formula))) for key, piece in reactions.items()}


def _law(part: Part, reaction: str) -> str:
    match = re.search(rf"^{reaction}: ([^;]*; [^;]*);", part.text, re.MULTILINE)
    return "" if match is None else match[1].strip()


@lru_cache(maxsize=1)
def _rows() -> dict[str, tuple[Setting, ...]]:
    found: dict[str, list[Setting]] = {}
    for row in parameters():
        found.setdefault(row.id, []).append(Setting("", row))
    for name in contexts():
        for row in context(name).own:
            found.setdefault(row.id, []).append(Setting(name, row))
    for name in states():
        for row in state(name).rows:
            found.setdefault(row.id, []).append(Setting(name, row, row.key[1]))
    return {key: tuple(settings) for key, settings in found.items()}


@lru_cache(maxsize=1)
def _rules() -> dict[str, str]:
    """Formulas that the parts give names to."""
    found: dict[str, str] = {}
    given: dict[str, list[str]] = {}
    everything = parts(part_names())
    for part in everything:
        found.update(re.findall(r"^(\w+) :?= ([^;]*);", part.text, re.MULTILINE))
        found.update(re.findall(r"^(\w+)' = ([^;]*);", part.text, re.MULTILINE))
        for port, formula in part.gives:
            given.setdefault(port, []).append(formula)
    for part in everything:
        for declared in part.ports:
            rule = declared.rule(given.get(declared.name, ()))
            found[declared.name] = rule.partition(" := ")[2].rstrip(";")
    return found


@lru_cache(maxsize=1)
def _formulas() -> dict[str, tuple[str, str]]:
    found = {key: ("rule", text) for key, text in _rules().items() if key not in _pieces()}
    found.update({o.name: ("observable", o.formula) for o in observables() if o.name not in _pieces()})
    found.update(
        {a.name: ("rule", a.model_symbol) for a in library_agents() if a.name not in _rows() | _pieces()}
    )
    return found


def _expanded(formula: str) -> str:
    """A formula with the named rules in it written out, so that their parameters are seen."""
    text = formula
    for _ in range(5):
        words = [w for w in dict.fromkeys(_NAME.findall(text)) if w in _rules() and f"[{w}]" not in text]
        if not words:
            break
        text += "".join(f" [{w}] {_rules()[w]}" for w in words)
    return text


def _parameters_of(formula: str, rows: dict[str, tuple[Setting, ...]]) -> tuple[str, ...]:
    return tuple(word for word in dict.fromkeys(_NAME.findall(formula)) if word in rows)
