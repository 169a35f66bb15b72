"""The drug library: which names are drugs or treatments, and what they become in the model."""

from jakstat.pharmacology.library import (
    Agent,
    agent,
    drug_names,
    find_agent,
    library_agents,
    misprint_note,
    spoken_name,
)
from jakstat.pharmacology.ligands import acts_on
from jakstat.pharmacology.nearest import nearest_names, unknown

__all__ = [
    "Agent",
    "acts_on",
    "agent",
    "drug_names",
    "find_agent",
    "library_agents",
    "misprint_note",
    "nearest_names",
    "spoken_name",
    "unknown",
]
