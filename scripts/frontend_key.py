"""The key of the front end's sources: what is built of them names it, so a test sees when they differ."""

from __future__ import annotations

import hashlib
from pathlib import Path

__all__ = ["frontend_key"]

_LEFT_OUT = {"node_modules", "dist", ".vite"}


def frontend_key(folder: Path) -> str:
    """SHA-256 over names and bytes of all sources below a folder, in the order of their names.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as held:
    ...     _ = Path(held, "a.ts").write_text("1")
    ...     first = frontend_key(Path(held))
    ...     _ = Path(held, "a.ts").write_text("2")
    ...     len(first), frontend_key(Path(held)) == first
    (64, False)
    """
    digest = hashlib.sha256()
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    for name in sorted(found):
        if _LEFT_OUT & set(name.split("/")):
            continue
        content = found[name].read_bytes()
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()
