"""What stands before every call: host, origin, session, size of the body; and the headers of every reply.

The body is read here, up to its cap, before anything else looks at it: Starlette itself has none.
"""

from __future__ import annotations

import asyncio
import hmac
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from jakstat.errors import Problem
from jakstat.extras import needs
from jakstat.lab.access import Access
from jakstat.lab.replies import LabRefusal, problem_reply, refusal, status_of

with needs("lab"):
    from starlette.datastructures import Headers
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["CSP", "Gate", "Guard", "session_of"]

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""What a page may do: nothing that is not ours, nothing inline."""
_HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}
_SAFE = ("GET", "HEAD")
_BODY_S = 60.0
_UPLOAD = "/api/files"


@dataclass(frozen=True)
class Gate:
    """What the guard asks.

    Parameters
    ----------
    access : Access
    port : int
    json_bytes, file_bytes : int
        Caps of a body, and of an upload.
    faults : Path
        Where a fault inside is written down.
    body_s : float
        How long a body may take to come.
    """

    access: Access
    port: int
    json_bytes: int
    file_bytes: int
    faults: Path
    body_s: float = _BODY_S

    @property
    def hosts(self) -> tuple[str, ...]:
        """What a browser may call us."""
        return (f"127.0.0.1:{self.port}", f"localhost:{self.port}")

    @property
    def cookie(self) -> str:
        """Name of the cookie: cookies of one host are shared by its ports."""
        return f"jakstat_lab_{self.port}"

    @property
    def fault(self) -> Problem:
        """What is told of a fault inside."""
        hint = f"the details are in {self.faults.name} of the laboratory's folder"
        return Problem("lab.fault", "a fault inside the laboratory", hint=hint)


def session_of(headers: Headers, name: str) -> str:
    """The session in the cookies, or nothing."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return "" if found is None else found.value


class Guard:
    """The ASGI application inside, behind its gate."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app, self._gate = app, gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a call in, or refuse it; a fault inside is a document too."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        begun: list[bool] = []
        headed = _headed(send, begun)
        try:
            self._check(scope)
            body = await self._body(scope, receive)
            await self._app(scope, _replayed(body, receive), headed)
        except LabRefusal as error:
            await problem_reply(error.problems, status_of(error))(scope, receive, headed)
        except Exception as error:  # no traceback ever reaches the browser
            self._note(scope, error)
            if not begun:
                await problem_reply([self._gate.fault], 500)(scope, receive, headed)

    def _check(self, scope: Scope) -> None:
        headers, gate, method = Headers(scope=scope), self._gate, scope["method"]
        if headers.getlist("host") not in [[host] for host in gate.hosts]:
            raise refusal("lab.host", "the address is not the laboratory's", hint=f"http://{gate.hosts[0]}/")
        if not scope["path"].startswith("/api/"):
            return
        _check_origin(headers, gate.hosts, unsafe=method not in _SAFE)
        session = session_of(headers, gate.cookie)
        if not session or not gate.access.knows(session):
            hint = "open the address that `jakstat lab` printed in its terminal"
            raise refusal("lab.session", "this browser has no session", hint=hint)
        if method in _SAFE:
            return
        said = headers.get("x-csrf-token", "")
        if not hmac.compare_digest(said.encode(), gate.access.csrf(session).encode()):
            raise refusal("lab.csrf", "the call does not say X-CSRF-Token", hint="GET /api/session gives it")

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        headers, upload = Headers(scope=scope), scope["path"] == _UPLOAD
        most = self._gate.file_bytes if upload else self._gate.json_bytes
        told = headers.get("content-length", "0")
        length = int(told) if told.isascii() and told.isdigit() and len(told) < 20 else most + 1
        if length > most:
            raise _too_large(most)
        found = bytearray()
        try:
            async with asyncio.timeout(self._gate.body_s):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        break
                    found += message.get("body", b"")
                    if len(found) > most:
                        raise _too_large(most)
                    more = message.get("more_body", False)
        except TimeoutError as error:
            raise refusal("lab.slow", f"the body took longer than {self._gate.body_s:g} s") from error
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if found and not upload and kind != "application/json":
            raise refusal("lab.type", f"the body is {kind[:60] or 'of no kind'}", hint="application/json")
        return bytes(found)

    def _note(self, scope: Scope, error: Exception) -> None:
        """Write down what went wrong; neither headers nor values are in it."""
        lines = [*traceback.format_tb(error.__traceback__), type(error).__name__]
        now = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            with open(self._gate.faults, "a", encoding="utf-8") as stream:
                stream.write(f"{now} {scope['method']} {scope['path'][:80]}\n{''.join(lines)}\n\n")
        except OSError:
            return


def _check_origin(headers: Headers, hosts: Iterable[str], *, unsafe: bool) -> None:
    """Refuse what another site's page sends; a browser says whose page it is."""
    ours = [f"http://{host}" for host in hosts if host == headers.get("host")]
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    foreign = (origin is not None and origin not in ours) or site not in (None, "same-origin", "none")
    if foreign or (unsafe and origin is None and site != "same-origin"):
        raise refusal(
            "lab.origin", "the call comes from another site", hint="call from the laboratory's page"
        )


def _too_large(most: int) -> LabRefusal:
    return refusal("lab.size", "what was sent is too large", hint=f"at most {most:,} bytes are taken")


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body that was read, then what comes after it."""
    given: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return given.pop() if given else await receive()

    return again


def _headed(send: Send, begun: list[bool]) -> Send:
    """Send with our headers, where a reply has none of its own of that name."""

    async def headed(message: Message) -> None:
        if message["type"] == "http.response.start":
            begun.append(True)
            there = {name.lower() for name, _ in message.get("headers", [])}
            more = [(k.encode(), v.encode()) for k, v in _HEADERS.items() if k.encode() not in there]
            message = {**message, "headers": [*message.get("headers", []), *more]}
        await send(message)

    return headed
