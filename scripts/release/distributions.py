"""Wheel and sdist: built, compared with the repository and with each other, and their metadata checked."""

from __future__ import annotations

import email
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

__all__ = ["Built", "build", "distribution_faults", "wheel_contents"]

Built = tuple[Path, Path]
"""A wheel and an sdist."""


def build(source: Path, into: Path) -> Built:
    """Build wheel and sdist of a source tree into a folder.

    Parameters
    ----------
    source : Path
        The repository, or an sdist that was unpacked.
    into : Path
        Empty or not there.
    """
    into.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "-t",
        "sdist",
        "-t",
        "wheel",
        "-d",
        str(into.resolve()),
    ]
    subprocess.run(command, cwd=source, check=True, stdout=subprocess.DEVNULL)
    (wheel,), (sdist,) = into.glob("*.whl"), into.glob("*.tar.gz")
    return wheel, sdist


def distribution_faults(built: Built, root: Path) -> list[str]:
    """What is wrong with wheel and sdist; nothing is sent anywhere.

    The sdist has every tracked file, and a wheel built of it has the same bytes as that of the repository.
    """
    wheel, sdist = built
    faults = [*_lacking(sdist, root), *_metadata_faults(wheel)]
    with tempfile.TemporaryDirectory() as held:
        with tarfile.open(sdist) as packed:
            packed.extractall(held, filter="data")
        (inside,) = Path(held).iterdir()
        again, _ = build(inside, Path(held, "again"))
        first, second = wheel_contents(wheel), wheel_contents(again)
    differing = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    faults += [f"{name} differs in a wheel built of the sdist" for name in differing]
    return faults


def wheel_contents(wheel: Path) -> Mapping[str, str]:
    """SHA-256 of each file in a wheel."""
    with zipfile.ZipFile(wheel) as packed:
        return {name: hashlib.sha256(packed.read(name)).hexdigest() for name in packed.namelist()}


def _lacking(sdist: Path, root: Path) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True).stdout
    tracked = {name for name in listed.decode().split("\0") if name}
    with tarfile.open(sdist) as packed:
        held = {name.partition("/")[2] for name in packed.getnames()}
    faults = [f"{name} is not in the sdist" for name in sorted(tracked - held)]
    return faults + [
        f"{name} is in the sdist and not tracked" for name in sorted(held - tracked - {"PKG-INFO"})
    ]


def _metadata_faults(wheel: Path) -> list[str]:
    """What a registry would refuse: fields, classifiers, a description or licence that is missing."""
    from packaging.metadata import Metadata
    from trove_classifiers import classifiers as known

    with zipfile.ZipFile(wheel) as packed:
        (name,) = (n for n in packed.namelist() if n.endswith(".dist-info/METADATA"))
        raw = packed.read(name)
        folder = name.rpartition("/")[0]
        names = set(packed.namelist())
    try:
        metadata = Metadata.from_email(raw, validate=True)
    except ExceptionGroup as group:
        return [str(error) for error in group.exceptions]
    faults = [f"no such classifier: {c}" for c in metadata.classifiers or () if c not in known]
    if not email.message_from_bytes(raw).get_payload():
        faults.append("the metadata hold no description")
    if metadata.description_content_type != "text/markdown":
        faults.append("the description is not said to be Markdown")
    for file in metadata.license_files or ():
        if f"{folder}/licenses/{file}" not in names:
            faults.append(f"{file} is not in the wheel")
    return faults
