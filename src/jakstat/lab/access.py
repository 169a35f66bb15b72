"""Who may speak to the laboratory: a token that opens it once, and the sessions that came of tokens.

The token stands in the address that the terminal shows; who opens it gets a session in a cookie that no
script reads. Of sessions only the SHA-256 is kept on disk, so that a restarted server knows the open tabs.
What is compared is compared in constant time.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

from jakstat.store import write_text

__all__ = ["SESSION_S", "Access"]

SESSION_S = 86_400.0
"""How long a session lasts after it was opened, in seconds."""
_BYTES = 32
_SESSIONS = 50


class Access:
    """The token that is good now, and the sessions.

    Parameters
    ----------
    kept : Path
        File of the sessions' digests.
    tell : callable
        Is told each new token, the first one too.

    Examples
    --------
    >>> import tempfile
    >>> tokens = []
    >>> with tempfile.TemporaryDirectory() as held:
    ...     access = Access(Path(held, "sessions.json"), tokens.append)
    ...     session = access.opened(tokens[0])
    ...     access.knows(session), access.opened(tokens[0]), len(tokens), len(tokens[1])
    (True, None, 2, 43)
    """

    def __init__(self, kept: Path, tell: Callable[[str], None]) -> None:
        self._kept, self._tell, self._lock = kept, tell, threading.Lock()
        self._sessions = _read(kept)
        self._token = secrets.token_urlsafe(_BYTES)
        tell(self._token)

    def opened(self, token: str) -> str | None:
        """A new session for the token that is good now, which is spent by it; None for any other."""
        with self._lock:
            if not hmac.compare_digest(token.encode(), self._token.encode()):
                return None
            self._token = secrets.token_urlsafe(_BYTES)
            session = secrets.token_urlsafe(_BYTES)
            self._sessions[_digest(session)] = time.time() + SESSION_S
            self._write()
        self._tell(self._token)
        return session

    def knows(self, session: str) -> bool:
        """Whether it is a session that has not ended."""
        end = self._sessions.get(_digest(session))
        return end is not None and end > time.time()

    @staticmethod
    def csrf(session: str) -> str:
        """What an unsafe call must say besides its cookie; only a page of ours can have read it."""
        return hmac.new(session.encode(), b"csrf", hashlib.sha256).hexdigest()

    def _write(self) -> None:
        now = time.time()
        living = sorted(((end, key) for key, end in self._sessions.items() if end > now), reverse=True)
        self._sessions = {key: end for end, key in living[:_SESSIONS]}
        write_text(self._kept, json.dumps(self._sessions), replace=True)
        with contextlib.suppress(OSError):
            self._kept.chmod(0o600)


def _digest(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()


def _read(kept: Path) -> dict[str, float]:
    """Digests with their ends; none where the file is not what was written."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(kept.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return {str(key): float(end) for key, end in found.items()}
    return {}
