"""The documents: links lead somewhere, decisions are listed, commands named in them exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), target


def test_every_decision_is_listed():
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    for page in folder.glob("0*.md"):
        assert f"({page.name})" in listed, f"{page.name} is not in the list"


def test_commands_in_documents_exist():
    from jakstat.cli.main import COMMANDS

    known = {name for name, _ in COMMANDS}
    for page in PAGES:
        for name in re.findall(
            r"^\s*(?:\$ )?jakstat ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE
        ):
            assert name in known, f"{page.name}: jakstat {name}"


def test_make_targets_in_documents_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        named = set(re.findall(r"(?:^ {4}|`)make ([a-z]+)", text, re.MULTILINE))  # as code, not as prose
        assert named <= targets, page.name
