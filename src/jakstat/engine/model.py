"""A model: a network, the report of its import, and what can be done with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from jakstat.engine.import_report import ImportReport
from jakstat.engine.network import Network
from jakstat.engine.wire import content_key

__all__ = ["Model"]


@dataclass(frozen=True)
class Model:
    """A reaction network that can be simulated.

    Parameters
    ----------
    network : Network
        What the document says.
    report : ImportReport
        What reading it turned up.
    """

    network: Network
    report: ImportReport = field(default_factory=ImportReport)

    @cached_property
    def key(self) -> str:
        """Content key: SHA-256 of the network's canonical JSON."""
        return content_key(self.network)
