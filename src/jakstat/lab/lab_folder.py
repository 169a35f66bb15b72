"""Where the laboratory keeps uploads, jobs and their results; no browser names a path in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jakstat.biology.own_folder import own_folder
from jakstat.errors import problem
from jakstat.store import write_problem

__all__ = ["LabFolder", "default_lab_folder", "opened_folder"]


@dataclass(frozen=True, slots=True)
class LabFolder:
    """A folder of the laboratory.

    Examples
    --------
    >>> LabFolder(Path("lab")).jobs.as_posix()
    'lab/jobs'
    """

    path: Path

    @property
    def jobs(self) -> Path:
        """A folder for each job, named by its content key."""
        return self.path / "jobs"

    @property
    def files(self) -> Path:
        """A folder for each upload, named by the SHA-256 of its bytes."""
        return self.path / "files"

    @property
    def sessions(self) -> Path:
        """SHA-256 of the sessions that a restarted server still knows."""
        return self.path / "sessions.json"

    @property
    def faults(self) -> Path:
        """What went wrong inside, for a report of it."""
        return self.path / "faults.log"


def default_lab_folder() -> Path:
    """Beside the cells and drugs of the user's own."""
    return own_folder() / "lab"


def opened_folder(path: Path) -> LabFolder:
    """The folder at `path`, made where it is not; readable by the user alone.

    Raises
    ------
    InputError
        ``file.exists`` where a file has the name, ``file.write``.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as held:
    ...     folder = opened_folder(Path(held, "lab"))
    ...     sorted(p.name for p in folder.path.iterdir())
    ['files', 'jobs']
    """
    if path.exists() and not path.is_dir():
        raise problem("file.exists", f"'{path.name}' is a file", field="--folder", hint="name a folder")
    folder = LabFolder(path)
    try:
        for each in (folder.path, folder.jobs, folder.files):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise write_problem(path, error, field="--folder") from error
    return folder
