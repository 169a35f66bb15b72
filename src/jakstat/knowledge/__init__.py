"""What is known: entities, claims, numbers, therapies, observations and sources, as checked records.

The data lie in ``data/``, their JSON Schemas in ``schemas/``. Names load when they are asked for: the
models of the records take longer to load than what most commands need of this room.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jakstat.knowledge.loader import observations as observations
    from jakstat.knowledge.loader import sources as sources
    from jakstat.knowledge.observation import Measure as Measure
    from jakstat.knowledge.observation import Observation as Observation
    from jakstat.knowledge.observation import ProtocolText as ProtocolText
    from jakstat.knowledge.record_set import Knowledge as Knowledge
    from jakstat.knowledge.record_set import knowledge as knowledge
    from jakstat.knowledge.record_set import read_knowledge as read_knowledge
    from jakstat.knowledge.source import Source as Source

_HOMES = {
    "loader": "observations sources",
    "observation": "Measure Observation ProtocolText",
    "record_set": "Knowledge knowledge read_knowledge",
    "source": "Source",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'jakstat.knowledge' has no attribute {name!r}")
    return getattr(import_module(f"jakstat.knowledge.{_HOME[name]}"), name)
