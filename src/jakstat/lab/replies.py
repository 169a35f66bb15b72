"""What goes back to the browser: JSON bytes, and Problems for everything that went wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from jakstat.errors import InputError, Problem
from jakstat.extras import needs

with needs("lab"):
    from starlette.responses import Response

__all__ = ["LabRefusal", "json_bytes", "json_reply", "problem_reply", "refusal", "status_of"]

_STATUS = {
    "lab.host": 400, "lab.body": 400, "lab.session": 401, "lab.origin": 403, "lab.csrf": 403,
    "lab.none": 404, "lab.method": 405, "lab.slow": 408, "lab.stale": 409, "lab.state": 409, "lab.size": 413,
    "lab.type": 415, "lab.busy": 429, "lab.fault": 500,
}  # fmt: skip
_UNUSABLE = 422


class LabRefusal(InputError):
    """A call that is refused for what it is, not for the question that it carries."""


def refusal(code: str, message: str, *, hint: str = "", field: str | None = None) -> LabRefusal:
    """A :class:`LabRefusal` of one problem.

    Examples
    --------
    >>> status_of(refusal("lab.none", "there is no such job"))
    404
    """
    return LabRefusal([Problem(code, message, field=field, hint=hint)])


def status_of(error: InputError) -> int:
    """The HTTP status of a problem: its own, or 422 for a question that cannot be used."""
    return _STATUS.get(error.problems[0].code, _UNUSABLE) if error.problems else _UNUSABLE


def json_bytes(document: Any) -> bytes:
    """A document as JSON, which has no NaN; every number reads back to the same bits.

    Examples
    --------
    >>> json_bytes({"a": 0.1})
    b'{"a": 0.1}'
    """
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()


def json_reply(document: Any, status: int = 200) -> Response:
    """A response that holds a document."""
    return Response(json_bytes(document), status, media_type="application/json")


def problem_reply(problems: Iterable[Problem], status: int) -> Response:
    """A response that says what is wrong, as the command line does with ``--json``."""
    return json_reply({"problems": [p.to_dict() for p in problems]}, status)
