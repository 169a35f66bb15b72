"""The reading child: document on standard input, network as JSON on standard output.

Run as ``python -m jakstat.engine.read.sbml_child``. Limits are set before the
document is touched, so that a parser gone wrong takes nothing else with it.
"""

from __future__ import annotations

import json
import signal
import sys
from typing import Any

from jakstat.errors import InputError

__all__ = ["main"]


def _limit(cpu: float, memory: int) -> None:
    """Cap processor time and memory where the system knows how to."""
    if sys.platform == "win32":
        return
    import resource

    timer = getattr(signal, "ITIMER_PROF", None)
    if timer is not None:
        signal.setitimer(timer, cpu)  # its signal ends the process
    for kind, value in (("RLIMIT_AS", memory), ("RLIMIT_FSIZE", 0), ("RLIMIT_CORE", 0)):
        try:
            resource.setrlimit(getattr(resource, kind), (value, value))
        except (AttributeError, ValueError, OSError):
            continue  # a cap the system does not offer; the parent's time limit still holds


def answer(request: dict[str, Any], text: str) -> dict[str, Any]:
    """What the child says about one document."""
    from jakstat.engine.network.wire import to_wire
    from jakstat.engine.read.import_report import Assumptions
    from jakstat.engine.read.sbml_read import read_document

    try:
        network, report = read_document(text, assume=Assumptions(**request["assume"]), file=request["file"])
    except InputError as error:
        return {"problems": [p.to_dict() for p in error.problems]}
    return {"network": to_wire(network), **report.to_dict()}


def main() -> int:
    """Read one request line (JSON) and the document after it; write the answer as JSON."""
    request = json.loads(sys.stdin.buffer.readline())
    _limit(float(request["cpu"]), int(request["memory"]))
    text = sys.stdin.buffer.read().decode("utf-8")
    json.dump(answer(request, text), sys.stdout)
    return 0


if __name__ == "__main__":  # pragma: no cover
    raise SystemExit(main())
