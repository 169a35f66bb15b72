"""The drug library: which names are drugs or treatments, and what they become in the model."""

from jakstat.pharmacology.library import Agent, agent, agents, find_agent, loss_rate, misprint_note, names
from jakstat.pharmacology.ligands import acts_on
from jakstat.pharmacology.nearest import nearest, unknown

__all__ = [
    "Agent",
    "acts_on",
    "agent",
    "agents",
    "find_agent",
    "loss_rate",
    "misprint_note",
    "names",
    "nearest",
    "unknown",
]
