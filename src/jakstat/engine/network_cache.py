"""Networks that were read before, on disk: a document of the product's own is read once per machine.

An entry is the network's canonical JSON under the digest of the document, of the limits it was
read under, of the engine's source and of libSBML's version. It is kept like a compiled kernel:
sealed as a whole, replaced in one step, in a folder of the user's own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version

from jakstat.engine.compile.kernel_cache import Entry, KernelCache, default_folder, engine_version
from jakstat.engine.network.network import Network
from jakstat.engine.network.wire import from_wire, to_wire
from jakstat.engine.read.guard import ReadLimits
from jakstat.engine.read.import_report import Assumptions, ImportReport

__all__ = ["kept_network"]

MAX_BYTES = 128 * 1024 * 1024

Read = tuple[Network, ImportReport]


def kept_network(
    data: bytes, build: Callable[[], Read], *, assume: Assumptions, file: str | None, limits: ReadLimits
) -> Read:
    """The network of a document, read by ``build`` unless it was read before under the same limits.

    Parameters
    ----------
    data : bytes
        The document.
    build : callable
        Checks and reads it; what it raises is not kept.
    assume, file, limits
        As :func:`jakstat.engine.load_sbml` has them; another value is another entry.

    Returns
    -------
    Network, ImportReport

    Examples
    --------
    >>> empty = Network("m", "", 3, 2, (), (), (), (), (), (), (), (), None, "", "", "")
    >>> read = lambda: (empty, ImportReport())
    >>> kept_network(b"<sbml/>", read, assume=Assumptions(), file=None, limits=ReadLimits())[0] == empty
    True
    """
    versions = [engine_version(), version("python-libsbml")]
    said = [*versions, hashlib.sha256(data).hexdigest(), asdict(assume), file, asdict(limits)]
    key = hashlib.sha256(json.dumps(said).encode()).hexdigest()
    fresh: list[Read] = []

    def entry() -> Entry:
        network, report = build()
        fresh.append((network, report))
        return Entry(report.to_dict(), json.dumps(to_wire(network), separators=(",", ":")).encode())

    found = KernelCache(default_folder().with_name("networks"), MAX_BYTES).fetch(key, entry)
    if fresh:
        return fresh[0]
    try:
        return from_wire(json.loads(found.code)), ImportReport.from_dict(found.layout)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return build()  # the checksum holds, yet it is no network
