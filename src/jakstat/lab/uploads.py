"""Files that came from a browser: kept by the SHA-256 of their bytes; what they are called is only told."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from jakstat.lab.lab_folder import LabFolder
from jakstat.lab.lab_questions import LabQuestion
from jakstat.lab.replies import refusal
from jakstat.limits import LIMITS
from jakstat.store import write_bytes, write_text

__all__ = ["FORMATS_TAKEN", "KEY", "Upload", "Uploads"]

KEY = re.compile(r"[0-9a-f]{64}")
"""A content key: the only word of a browser that a path is made of."""
FORMATS_TAKEN = (".csv", ".tsv", ".txt", ".xlsx", ".yaml", ".yml")
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent: key of its bytes, the name it had, size and format."""

    file: str
    name: str
    bytes: int
    format: str


class Uploads:
    """The files of a laboratory's folder.

    Parameters
    ----------
    folder : LabFolder
    most : int
        How many may be kept.

    Examples
    --------
    >>> import tempfile
    >>> from jakstat.lab.lab_folder import opened_folder
    >>> with tempfile.TemporaryDirectory() as held:
    ...     uploads = Uploads(opened_folder(Path(held)))
    ...     kept = uploads.keep("../../plate 1.csv", b"dose,response")
    ...     kept.name, uploads.path(kept.file).name
    ('plate 1.csv', 'data.csv')
    """

    def __init__(self, folder: LabFolder, most: int = LIMITS.lab_files) -> None:
        self._folder, self._most = folder, most

    def keep(self, name: str, data: bytes) -> Upload:
        """Keep the bytes; the same bytes are one file.

        Raises
        ------
        LabRefusal
            ``lab.file`` for a kind that is not read, ``lab.busy`` when there are too many.
        """
        shown = _shown(name)
        ending = next((e for e in FORMATS_TAKEN if shown.lower().endswith(e)), "")
        if not ending:
            hint = f"one that ends in {', '.join(FORMATS_TAKEN)}"
            raise refusal(
                "lab.file", f"{shown[:60]!r} is of a kind that is not read", field="name", hint=hint
            )
        if not data:
            raise refusal("lab.file", f"{shown[:60]!r} is empty", field="name")
        found = Upload(hashlib.sha256(data).hexdigest(), shown, len(data), ending)
        place = self._folder.files / found.file
        if not place.exists() and len(self.listed()) >= self._most:
            hint = "remove some that are not needed"
            raise refusal("lab.busy", f"{self._most} files are kept already", hint=hint)
        place.mkdir(mode=0o700, exist_ok=True)
        write_bytes(place / f"data{ending}", data, replace=True)
        write_text(place / "upload.json", json.dumps(asdict(found)), replace=True)
        return found

    def listed(self) -> tuple[Upload, ...]:
        """All files, by name."""
        found = [self._read(place.name) for place in sorted(self._folder.files.iterdir())]
        return tuple(sorted((f for f in found if f is not None), key=lambda f: (f.name, f.file)))

    def path(self, key: str) -> Path:
        """Where the bytes of a file lie.

        Raises
        ------
        LabRefusal
            ``lab.none``.
        """
        found = self._read(key)
        if found is None:
            raise refusal("lab.none", "there is no such file", field="data", hint="send it again")
        return self._folder.files / found.file / f"data{found.format}"

    def names_of(self, question: LabQuestion) -> dict[str, str]:
        """What the files were called that a question names; nothing for those that are gone."""
        found = {name: self._read(getattr(question, name)) for name in question.uploads}
        return {name: upload.name for name, upload in found.items() if upload is not None}

    def remove(self, key: str) -> None:
        """Remove a file.

        Raises
        ------
        LabRefusal
            ``lab.none``.
        """
        shutil.rmtree(self.path(key).parent, ignore_errors=True)

    def _read(self, key: str) -> Upload | None:
        if not KEY.fullmatch(key):
            return None
        with contextlib.suppress(OSError, ValueError, TypeError):
            told = json.loads((self._folder.files / key / "upload.json").read_text(encoding="utf-8"))
            found = Upload(**told)
            if found.file == key and found.format in FORMATS_TAKEN:
                return found
        return None


def _shown(name: str) -> str:
    """A name as it is told: its last piece, without what is not printed."""
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(c for c in last if c.isprintable()).strip()
    return kept[-_LONGEST:]
