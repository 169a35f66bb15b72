"""Starting the laboratory: a port of this machine alone, the address with its token, and a clean end."""

from __future__ import annotations

import contextlib
import socket
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path

from jakstat.errors import problem
from jakstat.extras import needs
from jakstat.lab.access import Access
from jakstat.lab.app import application
from jakstat.lab.guard import Gate
from jakstat.lab.lab_folder import default_lab_folder, opened_folder
from jakstat.lab.laboratory import Laboratory
from jakstat.limits import LIMITS
from jakstat.store import locked

with needs("lab"):
    import uvicorn

__all__ = ["USUAL_PORT", "bound_socket", "serve_lab"]

USUAL_PORT = 8642
"""Where links of the laboratory point, unless another port is asked for."""
_HOST = "127.0.0.1"
_GRACE_S = 3
_CALLS = 200


def bound_socket(port: int | None) -> socket.socket:
    """A socket of this machine alone; without a wish the usual port, or a free one where that is taken.

    Raises
    ------
    InputError
        ``lab.port``.
    """
    wished = USUAL_PORT if port is None else port
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((_HOST, wished))
    except OSError as error:
        if port is None:
            found.bind((_HOST, 0))
            return found
        found.close()
        hint = "give another, or 0 for a free one"
        reason = error.strerror or "it is not free"
        raise problem("lab.port", f"port {wished}: {reason}", field="--port", hint=hint) from error
    return found


def serve_lab(
    port: int | None = None,
    *,
    folder: Path | None = None,
    browser: bool = True,
    tell: Callable[[str], None] = print,
) -> None:
    """Serve the laboratory until it is stopped by Ctrl-C or SIGTERM.

    Parameters
    ----------
    port : int or None
        As :func:`bound_socket`.
    folder : Path, optional
        Where uploads, jobs and results are kept; the user's own if not given.
    browser : bool
        Whether a browser is opened.
    tell : callable
        Is told each line for the terminal.

    Raises
    ------
    InputError
        ``lab.port``, ``file.busy`` when another laboratory has the folder, ``file.write``.
    """
    kept = opened_folder(folder or default_lab_folder())
    with locked(kept.path / "laboratory"), contextlib.closing(bound_socket(port)) as bound:
        own = int(bound.getsockname()[1])
        words = iter(("the laboratory is at",))

        def address(token: str) -> None:
            tell(f"{next(words, 'opened; for another browser:')} http://{_HOST}:{own}/open?token={token}")
            if browser and not opened:
                url = f"http://{_HOST}:{own}/open?token={token}"
                threading.Timer(1.0, webbrowser.open, [url]).start()
            opened.append(True)

        opened: list[bool] = []
        access = Access(kept.sessions, address)
        lab = Laboratory(kept)
        gate = Gate(access, own, LIMITS.lab_json_bytes, LIMITS.lab_file_bytes, kept.faults)
        server = uvicorn.Server(
            uvicorn.Config(
                application(lab, gate),
                host=_HOST,
                port=own,
                log_level="error",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                lifespan="off",
                ws="none",
                limit_concurrency=_CALLS,
                timeout_graceful_shutdown=_GRACE_S,
            )
        )
        lab.warm()
        try:
            with contextlib.suppress(KeyboardInterrupt):
                server.run(sockets=[bound])
        finally:
            lab.close()
        tell("the laboratory is closed; jobs that were not done go on when it opens again")
