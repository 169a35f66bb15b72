"""What is known: entities, claims, numbers, therapies, observations and sources, as checked records.

The data lie in ``data/``, their JSON Schemas in ``schemas/``.
"""

from jakstat.knowledge.loader import observations, sources
from jakstat.knowledge.observation import Measure, Observation, ProtocolText
from jakstat.knowledge.record_set import Knowledge, knowledge, read_knowledge
from jakstat.knowledge.source import Source

__all__ = [
    "Knowledge",
    "Measure",
    "Observation",
    "ProtocolText",
    "Source",
    "knowledge",
    "observations",
    "read_knowledge",
    "sources",
]
