"""The reading child: document on standard input, network as JSON on standard output.

Run as ``python -m jakstat.engine.read.sbml_child``. Limits are set before the
document is touched, so that a parser gone wrong takes nothing else with it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from jakstat.engine.read.limited_child import limit_process
from jakstat.errors import InputError

__all__ = ["main"]


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
    limit_process(float(request["cpu"]), int(request["memory"]))
    text = sys.stdin.buffer.read().decode("utf-8")
    json.dump(answer(request, text), sys.stdout)
    return 0


if __name__ == "__main__":  # pragma: no cover
    raise SystemExit(main())
