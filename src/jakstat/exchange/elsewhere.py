"""What other simulators make of a model that was read: where their numbers would differ, and which."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from jakstat.engine.network.expression import Apply, Expression, Time, symbols, walk
from jakstat.engine.network.network import Network, Species
from jakstat.engine.read.import_report import ImportReport
from jakstat.errors import Note

__all__ = ["elsewhere"]

_MOST_NAMES = 4


def elsewhere(network: Network, report: ImportReport, changed: Collection[str] = ()) -> tuple[Note, ...]:
    """Notes on what other simulators do otherwise with this model; each is a row of docs/field.md.

    Parameters
    ----------
    network : Network
        The model.
    report : ImportReport
        What its reading assumed.
    changed : collection of str, optional
        Quantities that get other values than those of the document, as the columns of a table of lanes.

    Returns
    -------
    tuple of Note
        None where the programs of that page agree.

    Examples
    --------
    >>> from jakstat.engine.load import load_sbml
    >>> text = (
    ...     "<sbml xmlns='http://www.sbml.org/sbml/level3/version2/core' level='3' version='2'><model id='m'>"
    ...     "<listOfCompartments><compartment id='c' size='2' constant='true'/></listOfCompartments>"
    ...     "<listOfSpecies><species id='A' compartment='c' initialAmount='6' hasOnlySubstanceUnits='true'"
    ...     " boundaryCondition='false' constant='false'/></listOfSpecies></model></sbml>"
    ... )
    >>> model = load_sbml(text)
    >>> print(*elsewhere(model.network, model.report))
    A: an amount here; COPASI and bngsim show a concentration [elsewhere.only_substance]
    """
    course = _Changes(network)
    found = (
        ("elsewhere.assumed", report.assumed_zero, _ASSUMED),
        ("elsewhere.changing_place", _rates_in_changing_places(course), _CHANGING_PLACE),
        ("elsewhere.conversion_factor", _converted(network), _CONVERSION),
        ("elsewhere.initial_parameter", _kept_by_reset(network, changed), _INITIAL),
        ("elsewhere.size", _resized(network, changed), _SIZE),
        ("elsewhere.only_substance", _shown_divided(course), _ONLY_SUBSTANCE),
        ("elsewhere.variable_stoichiometry", _moving_stoichiometry(course), _STOICHIOMETRY),
    )
    return tuple(Note(code, _names(tuple(who)), text) for code, who, text in found if who)


_ASSUMED = "0 here, as asked for; COPASI takes 1, and libRoadRunner refuses a parameter without a value"
_CHANGING_PLACE = (
    "its rule is the rate of the concentration here, as SBML says; COPASI takes it for a rate of the amount "
    "over the size, and dilutes what is there"
)
_CONVERSION = "its conversion factor counts here; COPASI leaves it out until the model is compiled again"
_INITIAL = "worked out anew for every lane; libRoadRunner's reset() keeps the value it had"
_ONLY_SUBSTANCE = "an amount here; COPASI and bngsim show a concentration"
_SIZE = "keeps its initial concentration in lanes of another size; libRoadRunner and COPASI keep the amount"
_STOICHIOMETRY = "its stoichiometry changes here; COPASI keeps the first value"


@dataclass(frozen=True, slots=True)
class _Changes:
    """Which quantities may change while the model runs."""

    network: Network

    def targets(self) -> frozenset[str]:
        """Variables of rules whose value is not one number, and of events."""
        network = self.network
        found = {a.variable for e in network.events for a in e.assignments}
        found |= {rule.variable for rule in network.rate_rules}
        found |= {s.id for s in network.species if not s.constant} | {r.id for r in network.reactions}
        for rule in network.assignment_rules:  # in an order in which each depends only on earlier ones
            if _moves(rule.expression, found):
                found.add(rule.variable)
        return frozenset(found)

    def home(self, species: Species) -> tuple[float | None, bool]:
        """The size of a species' compartment and whether it changes."""
        place = next(c for c in self.network.compartments if c.id == species.compartment)
        return place.size, place.id in self.targets()


def _moves(expression: Expression, moving: Collection[str]) -> bool:
    timed = any(isinstance(node, Time) or _is_rate(node) for node in walk(expression))
    return timed or any(name in moving for name in symbols(expression))


def _is_rate(node: Expression) -> bool:
    return isinstance(node, Apply) and node.op == "rate_of"


def _moving_stoichiometry(course: _Changes) -> list[str]:
    moving = course.targets()
    return [
        f"{reference.species} in {reaction.id}"
        for reaction in course.network.reactions
        for reference in (*reaction.reactants, *reaction.products)
        if reference.id is not None and reference.id in moving
    ]


def _rates_in_changing_places(course: _Changes) -> list[str]:
    ruled = {rule.variable for rule in course.network.rate_rules}
    wanted: Callable[[Species], bool] = lambda s: s.id in ruled and not s.substance_only  # noqa: E731
    return [s.id for s in filter(wanted, course.network.species) if course.home(s)[1]]


def _shown_divided(course: _Changes) -> list[str]:
    amounts = [s for s in course.network.species if s.substance_only]
    return [s.id for s in amounts if course.home(s)[0] not in (None, 1.0) or course.home(s)[1]]


def _converted(network: Network) -> list[str]:
    values = {p.id: p.value for p in network.parameters}
    made = {r.species for x in network.reactions for r in (*x.reactants, *x.products)}
    return [
        s.id
        for s in network.species
        if s.id in made and not s.boundary
        for factor in [s.conversion_factor or network.conversion_factor]
        if factor is not None and values.get(factor) != 1.0
    ]


def _kept_by_reset(network: Network, changed: Collection[str]) -> list[str]:
    """Parameters whose first value follows from a changed quantity."""
    parameters, found = {p.id for p in network.parameters}, set(changed)
    for given in network.initial_assignments:  # in an order in which each depends only on earlier ones
        if given.variable not in found and symbols(given.expression) & found:
            found.add(given.variable)
    assigned: Iterator[str] = (a.variable for a in network.initial_assignments)
    return [name for name in assigned if name in parameters & found - set(changed)]


def _resized(network: Network, changed: Collection[str]) -> list[str]:
    """Species whose document gives a concentration, in a compartment whose size is changed."""
    places = {c.id for c in network.compartments} & set(changed)
    assigned = {a.variable for a in network.initial_assignments} | set(changed)
    held = [s for s in network.species if s.compartment in places and s.id not in assigned]
    return [s.id for s in held if s.concentration is not None]


def _names(names: tuple[str, ...]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
