"""Says who? The records behind a reaction, a parameter, a species or a readout."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache

from jakstat.biology import (
    Part,
    context,
    contexts,
    parameters,
    part_names,
    parts,
    shipped_contexts,
    state,
    states,
)
from jakstat.biology.body_drugs import drug_actions, tumour_drug_rows
from jakstat.biology.observables import part_observables
from jakstat.biology.patient_cells import PREFIXES
from jakstat.biology.pk_assembly import pk_constants, pk_pieces
from jakstat.errors import problem
from jakstat.knowledge import Source, knowledge
from jakstat.knowledge.claim import Claim
from jakstat.knowledge.domain import Domain
from jakstat.knowledge.parameter_table import USER, Row
from jakstat.knowledge.quantity import QuantityRecord
from jakstat.pharmacology import find_agent, library_agents
from jakstat.pharmacology.body_drugs import body_drug
from jakstat.pharmacology.pk_library import pk_models

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


def why(name: str, scale: str = "cell") -> Explanation:
    """The records behind a reaction, parameter, species, rule or readout, or behind a cell or its state.

    Parameters
    ----------
    name : str
        Its id, as `jakstat model` shows it, or the name of a context or state; of a patient's document also
        with the prefix of a cell (``S_STAT3_dimerisation``) or drug (``sorafenib_Absorption``).
    scale : {"cell", "patient"}
        Where a name is looked for first; some stand for one thing in the cell and another in the body.

    Raises
    ------
    InputError
        ``name.unknown``, with the nearest names; ``option.value``.

    Examples
    --------
    >>> [c.id for c in why("STAT3_dimerisation").claims]
    ['C095', 'C102', 'C132', 'C354']
    >>> why("S_STAT3_dimerisation").claims == why("STAT3_dimerisation").claims
    True
    """
    if scale not in ("cell", "patient"):
        raise problem(
            "option.value", f"there is no scale {scale[:40]!r}", field="--scale", hint="cell, patient"
        )
    order = ("tumour", "cell") if scale == "patient" else ("cell", "tumour")
    for where in order:
        found = _in_scale(name, _known(where)) or (_of_cells(name) if where == "cell" else None)
        if found is not None:
            return found
    prefix, _, rest = name.partition("_")
    if f"{prefix}_" in PREFIXES and rest in explained_names():
        return replace(why(rest), name=name)
    if (drug := _of_own_drug(name) or _of_drug(name)) is not None:
        return drug
    near = difflib.get_close_matches(name[:60], explained_names(), n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "see: jakstat model hepg2"
    raise problem("name.unknown", f"the model has no {name[:60]!r}", field="NAME", hint=hint)


@lru_cache(maxsize=1)
def explained_names() -> tuple[str, ...]:
    """Everything :func:`why` can be asked about, but for what stands behind the prefix of a cell or drug.

    Examples
    --------
    >>> "KD_IL6_IL6R" in explained_names(), "IL6_by_TAM" in explained_names()
    (True, True)
    """
    found = [name for scale in ("cell", "tumour") for name in _known(scale).names]
    return tuple(dict.fromkeys([*found, *shipped_contexts(), *states(), *knowledge().domains]))


def _in_scale(name: str, known: _Known) -> Explanation | None:
    """A reaction, species, parameter, rule or readout of one scale."""
    if name in known.pieces:
        piece = known.pieces[name]
        used = known.parameters_of(known.expanded(piece.formula))
        return _answer(name, piece.kind, piece.part, piece.formula, piece.evidence, (), used, ())
    if name in known.rows:
        return _of_parameter(name, known)
    if name not in known.formulas:
        return None
    kind, formula = known.formulas[name]
    written_out = known.expanded(formula)
    used = known.parameters_of(written_out)
    settings = tuple(s for key in used for s in known.rows[key])
    words = [word for word in _NAME.findall(written_out) if word in known.pieces]
    keys = [*known.claims.get(name, ()), *(key for word in words for key in known.pieces[word].evidence)]
    return _answer(name, kind, "", formula, keys, settings, used, ())


def _of_cells(name: str) -> Explanation | None:
    """A context, a state of the cell, or a domain of a protein."""
    if name in knowledge().domains:
        return _of_domain(knowledge().domains[name], _known("cell").rows)
    if name in contexts():
        cell = context(name)
        given = tuple(Setting(name, row) for row in cell.own)
        uses = (cell.like,) if cell.like else ()
        return _answer(name, "context", "", cell.title, cell.sources, given, uses, ())
    if name in states():
        change = state(name)
        given = tuple(Setting(name, row, row.key[1]) for row in change.rows)
        keys = [*change.records, *change.sources]
        return _answer(name, "state", "", change.title, keys, given, change.requires, ())
    return None


def _of_own_drug(name: str) -> Explanation | None:
    """A drug of the user's own."""
    found = find_agent(name)
    if found is None or found.own is None:
        return None
    settings = tuple(Setting("", row) for row in found.own.rows())
    text = f"{found.own.acts.about}; from a file of SHA-256 {found.own.data_key}"
    (made,) = (p for p in parts([found.cell_part]) if p.name == found.cell_part)
    ports = tuple(port for port, _ in made.gives)
    return _answer(found.name, "own drug", found.cell_part, text, (USER,), settings, ports, ())


def _of_drug(name: str) -> Explanation | None:
    """A reaction, species or number of the pharmacokinetics of a drug in a body."""
    for model in pk_models():
        rest = name.removeprefix(f"{model.id}_")
        if rest == name:
            continue
        rows = {row.id: row for row in body_drug(model.id).rows}
        if rest in rows:
            return _answer(
                name, "parameter", "", "", (rows[rest].source,), (Setting("", rows[rest]),), (), ()
            )
        for piece in pk_pieces(model.parts):
            for found in (*piece.species, *piece.reactions):
                if found.id == rest:
                    law = _law(piece, rest)
                    used = tuple(word for word in dict.fromkeys(_NAME.findall(law)) if word in rows)
                    settings = tuple(Setting("", rows[word]) for word in used)
                    kind = "reaction" if found in piece.reactions else "species"
                    return _answer(name, kind, piece.name, law, found.evidence, settings, used, ())
    return None


def _of_domain(domain: Domain, rows: Mapping[str, tuple[Setting, ...]]) -> Explanation:
    """The claims that name the domain, its sources, and the numbers that stand for it in the model."""
    known = knowledge()
    claims = [c.id for c in known.claims.values() if domain.protein in (c.subject, c.object)]
    settings = tuple(s for symbol in domain.symbols for s in rows.get(symbol, ()))
    formula = f"{domain.name}, residues {domain.residues} of {domain.uniprot}: {domain.role}"
    keys = [*claims, *domain.source]
    return _answer(domain.id, "domain", "", formula, keys, settings, domain.symbols, domain.agents)


def _of_parameter(name: str, known: _Known) -> Explanation:
    settings = known.rows[name]
    used_by = tuple(key for key, words in known.words_of_reactions.items() if name in words)
    keys = [s.row.source for s in settings]
    quantities = [q.id for q in knowledge().quantities.values() if name in q.parameters]
    # a number is backed by what the reactions it enters claim, where it has no record of its own
    backed = (key for reaction in used_by for key in known.pieces[reaction].evidence)
    claims = [key for key in backed if key.startswith("C") and key[1:].isdigit()]
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


@dataclass(frozen=True)
class _Known:
    """What the parts of one scale say."""

    pieces: Mapping[str, _ModelPiece]
    rows: Mapping[str, tuple[Setting, ...]]
    rules: Mapping[str, str]
    formulas: Mapping[str, tuple[str, str]]
    claims: Mapping[str, tuple[str, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that has a record or a formula."""
        return tuple(dict.fromkeys([*self.pieces, *self.rows, *self.formulas]))

    @cached_property
    def words_of_reactions(self) -> Mapping[str, frozenset[str]]:
        """The names in every reaction's law, with the named rules in it written out."""
        reactions = {key: piece for key, piece in self.pieces.items() if piece.kind == "reaction"}
        return {k: frozenset(_NAME.findall(self.expanded(piece.formula))) for k, piece in reactions.items()}

    def expanded(self, formula: str) -> str:
        """A formula with the named rules in it written out, so that their parameters are seen."""
        text = formula
        for _ in range(5):
            found = dict.fromkeys(_NAME.findall(text))
            words = [w for w in found if w in self.rules and f"[{w}]" not in text]
            if not words:
                break
            text += "".join(f" [{w}] {self.rules[w]}" for w in words)
        return text

    def parameters_of(self, formula: str) -> tuple[str, ...]:
        """The parameters that a formula names."""
        return tuple(word for word in dict.fromkeys(_NAME.findall(formula)) if word in self.rows)


@cache
def _known(scale: str) -> _Known:
    everything = parts(part_names(scale=scale))
    if scale == "tumour":
        ports = {port.name: port for part in everything for port in part.ports}
        everything += tuple(drug_actions(body_drug(model.id), ports) for model in pk_models())
    pieces: dict[str, _ModelPiece] = {}
    claims: dict[str, tuple[str, ...]] = {}
    for part in everything:
        pieces.update({s.id: _ModelPiece(part.name, "species", s.evidence, "") for s in part.species})
        laws = {
            r.id: _ModelPiece(part.name, "reaction", r.evidence, _law(part, r.id)) for r in part.reactions
        }
        pieces.update(laws)
        claims.update({key: (*claims.get(key, ()), *found) for key, found in part.rules.items()})
    rules = _rules(everything)
    rows = _rows(scale)
    formulas = {key: ("rule", text) for key, text in rules.items() if key not in pieces}
    shown = part_observables(part_names(scale=scale))
    formulas.update({o.name: ("observable", o.formula) for o in shown if o.name not in pieces})
    if scale == "cell":
        own = {a.name: ("rule", a.model_symbol) for a in library_agents()}
        formulas.update({key: found for key, found in own.items() if key not in rules and key not in pieces})
    return _Known(pieces, rows, rules, formulas, claims)


def _law(part: Part, reaction: str) -> str:
    match = re.search(rf"^{reaction}: ([^;]*; [^;]*);", part.text, re.MULTILINE)
    return "" if match is None else match[1].strip()


def _rows(scale: str) -> dict[str, tuple[Setting, ...]]:
    found: dict[str, list[Setting]] = {}
    body = () if scale == "cell" else (*tumour_drug_rows(), *pk_constants().values())
    for row in (*parameters(scale), *body):
        found.setdefault(row.id, []).append(Setting("", row))
    for name in shipped_contexts() if scale == "cell" else ():
        for row in context(name).own:
            found.setdefault(row.id, []).append(Setting(name, row))
    for name in states() if scale == "cell" else ():
        for row in state(name).rows:
            found.setdefault(row.id, []).append(Setting(name, row, row.key[1]))
    return {key: tuple(settings) for key, settings in found.items()}


def _rules(everything: Iterable[Part]) -> dict[str, str]:
    """Formulas that the parts give names to."""
    found: dict[str, str] = {}
    given: dict[str, list[str]] = {}
    everything = tuple(everything)
    for part in everything:
        found.update(re.findall(r"^(?:const )?(\w+) :?= ([^;]*);", part.text, re.MULTILINE))
        found.update(re.findall(r"^(\w+)' = ([^;]*);", part.text, re.MULTILINE))
        for port, formula in part.gives:
            given.setdefault(port, []).append(formula)
    for part in everything:
        for declared in part.ports:
            rule = declared.rule(given.get(declared.name, ()))
            found[declared.name] = rule.partition(" := ")[2].rstrip(";")
    return found
