"""The reaction network: what remains of an SBML document once it has been read.

Everything is immutable and refers to other parts by id. The mathematics follow
SBML's meaning of a symbol (see :class:`jakstat.engine.network.expression.Symbol`); it is
a solver's business to turn concentrations into the amounts it integrates.
"""

from __future__ import annotations

from dataclasses import dataclass

from jakstat.engine.network.expression import Expression

__all__ = [
    "Assignment",
    "Compartment",
    "Event",
    "Network",
    "Parameter",
    "Reaction",
    "Species",
    "SpeciesReference",
]


@dataclass(frozen=True, slots=True)
class Compartment:
    """A place with a size; ``size`` is None when the file never sets it."""

    id: str
    name: str
    dimensions: float
    size: float | None
    constant: bool
    unit: str


@dataclass(frozen=True, slots=True)
class Species:
    """A pool of one kind of molecule.

    At most one of ``amount`` and ``concentration`` is set. ``substance_only``
    says that the species' symbol stands for its amount. ``boundary`` species are
    not changed by reactions; ``constant`` ones are not changed by anything.
    """

    id: str
    name: str
    compartment: str
    amount: float | None
    concentration: float | None
    substance_only: bool
    boundary: bool
    constant: bool
    conversion_factor: str | None
    unit: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number with a name; local parameters of a reaction appear as ``reaction__id``."""

    id: str
    name: str
    value: float | None
    constant: bool
    unit: str


@dataclass(frozen=True, slots=True)
class SpeciesReference:
    """A species' part in a reaction; its stoichiometry may itself be a variable.

    ``stoichiometry`` is the number in the file (None when it is never set). When
    ``id`` is given, rules, events and initial assignments may change it.
    """

    species: str
    stoichiometry: float | None
    id: str | None
    constant: bool


@dataclass(frozen=True, slots=True)
class Reaction:
    """A process with a rate in extent per time; ``rate`` is None when the file has no law."""

    id: str
    name: str
    reactants: tuple[SpeciesReference, ...]
    products: tuple[SpeciesReference, ...]
    modifiers: tuple[str, ...]
    rate: Expression | None
    reversible: bool


@dataclass(frozen=True, slots=True)
class Assignment:
    """``variable`` takes, or changes at, the value of ``expression`` (the owner says which)."""

    variable: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class Event:
    """Assignments carried out when the trigger turns from false to true."""

    id: str
    trigger: Expression
    initial_value: bool
    persistent: bool
    use_trigger_time_values: bool
    delay: Expression | None
    priority: Expression | None
    assignments: tuple[Assignment, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """A whole model, ready for a solver.

    ``assignment_rules`` and ``initial_assignments`` are in an order in which each
    depends only on earlier ones. ``conversion_factor`` is the model-wide one. Units are text that
    pint reads (``zmol/pL``), empty where the document leaves them open.
    """

    id: str
    name: str
    level: int
    version: int
    compartments: tuple[Compartment, ...]
    species: tuple[Species, ...]
    parameters: tuple[Parameter, ...]
    reactions: tuple[Reaction, ...]
    assignment_rules: tuple[Assignment, ...]
    rate_rules: tuple[Assignment, ...]
    initial_assignments: tuple[Assignment, ...]
    events: tuple[Event, ...]
    conversion_factor: str | None
    time_unit: str
    substance_unit: str
    extent_unit: str
