"""The exact versions of requirements/ are those that pyproject.toml allows, and name no registry."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(*names):
    found = {}
    for name in names:
        seen = set()
        for row in (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines():
            if row and not row.startswith("#"):
                match = re.fullmatch(r"([a-z0-9-]+)==([A-Za-z0-9.]+)", row)
                assert match, f"{name}: {row!r} is no plain pin"
                assert match[1] not in seen, f"{match[1]} stands twice in {name}, which pip refuses"
                seen.add(match[1])
                assert found.get(match[1], match[2]) == match[2], f"{match[1]} is pinned twice"
                found[match[1]] = match[2]
    return found


@pytest.mark.parametrize(
    ("requirements", "files"),
    [
        (PROJECT["project"]["dependencies"], ["run.txt"]),
        (PROJECT["project"]["optional-dependencies"]["test"], ["run.txt", "test.txt"]),
        (PROJECT["project"]["optional-dependencies"]["lab"], ["run.txt", "test.txt"]),
        (PROJECT["project"]["optional-dependencies"]["docs"], ["run.txt", "test.txt", "docs.txt"]),
        (PROJECT["build-system"]["requires"], ["build.txt"]),
    ],
)
def test_every_requirement_is_pinned_within_its_bounds(requirements, files):
    pinned = pins(*files)
    for text in requirements:
        wanted = Requirement(text)
        if wanted.name == PROJECT["project"]["name"]:
            continue  # other extras of ours
        assert plain(wanted.name) in pinned, text
        assert wanted.specifier.contains(pinned[plain(wanted.name)]), text


def test_files_agree():
    assert pins("build.txt", "run.txt", "test.txt")
    assert pins("consumers.txt", "amici.txt")
