"""The built pages: they belong to the sources, are small, and hold nothing inline and nothing foreign."""

import gzip
import json
import re
from pathlib import Path

from scripts.frontend_key import frontend_key

from jakstat.lab.app import STATIC

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ROOT / "frontend"
FILES = [path for path in STATIC.rglob("*") if path.is_file()]
MOST_BYTES = 600_000


def test_the_pages_are_built_of_the_sources_that_are_there():
    built = STATIC / "build.json"
    if not SOURCES.is_dir():
        assert not built.exists()
        return
    assert json.loads(built.read_text(encoding="utf-8"))["sources"] == frontend_key(SOURCES)


def test_the_pages_are_small():
    assert sum(len(gzip.compress(path.read_bytes())) for path in FILES) < MOST_BYTES


def test_nothing_is_inline():
    text = (STATIC / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", text) == []
    assert "<style" not in text
    assert re.findall(r"\s(?:style|on[a-z]+)=", text) == []


def test_nothing_comes_from_elsewhere():
    text = (STATIC / "index.html").read_text(encoding="utf-8")
    addresses = re.findall(r"(?:src|href)=\"([^\"]+)\"", text)
    assert addresses
    assert [a for a in addresses if a.startswith(("http:", "https:", "//"))] == []
    assert [a for a in addresses if not a.startswith("#") and not (STATIC / a).is_file()] == []
