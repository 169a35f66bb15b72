"""The version of a release where it is told: the log of changes, the code, the citation file."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

__all__ = ["prepare", "version_faults", "version_of"]

_VERSION = re.compile(r'^VERSION = "([^"]+)"$', re.MULTILINE)
_NUMBERS = re.compile(r"\d+\.\d+\.\d+")
_UNRELEASED = "## Unreleased\n"


def version_of(root: Path) -> str:
    """The version that the code tells."""
    found = _VERSION.search(_identity(root).read_text(encoding="utf-8"))
    if found is None:
        raise SystemExit("src/jakstat/identity.py tells no VERSION")
    return found[1]


def version_faults(root: Path) -> list[str]:
    """What of log, citation and code does not tell the same version, and its date.

    Parameters
    ----------
    root : Path
        Of the repository.
    """
    version = version_of(root)
    log = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    told = re.search(rf"^## {re.escape(version)} - (\d{{4}}-\d\d-\d\d)\n(.*?)(?=^## |\Z)", log, re.M | re.S)
    cited = (root / "CITATION.cff").read_text(encoding="utf-8")
    faults = []
    if not _NUMBERS.fullmatch(version):
        faults.append(f"version {version} is not three numbers")
    if told is None:
        section, mend = f"## {version} - YYYY-MM-DD", f"python -m scripts.release prepare {version}"
        faults.append(f"CHANGELOG.md has no section '{section}': {mend}")
    elif not re.search(r"^- ", told[2], re.M):
        faults.append(f"CHANGELOG.md says nothing about {version}")
    for line in (f"version: {version}", *([f"date-released: {told[1]}"] if told else [])):
        if not re.search(rf"^{re.escape(line)}$", cited, re.M):
            faults.append(f"CITATION.cff has no line '{line}'")
    if told is not None and date.fromisoformat(told[1]) > date.today():
        faults.append(f"CHANGELOG.md dates {version} in the future")
    return faults


def prepare(root: Path, version: str, day: date) -> None:
    """Give what is unreleased a version and a date, in all three files; nothing is written if one cannot be.

    Parameters
    ----------
    root : Path
        Of the repository.
    version : str
        The new version, above the one that is there.
    day : date
        Of the release.
    """
    if not _NUMBERS.fullmatch(version):
        raise SystemExit(f"{version!r} is not three numbers such as 0.2.0")
    if _order(version) < _order(version_of(root)):
        raise SystemExit(f"{version} comes before {version_of(root)}")
    log, cited, code = root / "CHANGELOG.md", root / "CITATION.cff", _identity(root)
    text = log.read_text(encoding="utf-8")
    _, found, rest = text.partition(_UNRELEASED)
    if not found or not re.search(r"^- ", rest.partition("\n## ")[0], re.M):
        raise SystemExit("CHANGELOG.md has nothing under '## Unreleased'")
    if re.search(rf"^## {re.escape(version)} ", text, re.M):
        raise SystemExit(f"CHANGELOG.md tells of {version} already")
    texts = {
        log: text.replace(_UNRELEASED, f"{_UNRELEASED}\n## {version} - {day.isoformat()}\n", 1),
        code: _VERSION.sub(f'VERSION = "{version}"', code.read_text(encoding="utf-8")),
        cited: _dated(cited.read_text(encoding="utf-8"), version, day),
    }
    for path, new in texts.items():
        path.write_text(new, encoding="utf-8")


def _dated(cited: str, version: str, day: date) -> str:
    rest = re.sub(r"^date-released:.*\n", "", cited, flags=re.M)
    line = f"version: {version}\ndate-released: {day.isoformat()}"
    new, count = re.subn(r"^version:.*$", line, rest, flags=re.M)
    if count != 1:
        raise SystemExit("CITATION.cff has no one line 'version: ...'")
    return new


def _identity(root: Path) -> Path:
    return root / "src" / "jakstat" / "identity.py"


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
