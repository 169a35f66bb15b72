"""What is known: sources and published observations, as checked records.

The data lie in ``data/``, their JSON Schemas in ``schemas/``.
"""

from jakstat.knowledge.loader import observations, sources
from jakstat.knowledge.observation import Measure, Observation, Protocol
from jakstat.knowledge.source import Source

__all__ = ["Measure", "Observation", "Protocol", "Source", "observations", "sources"]
