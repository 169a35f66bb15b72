"""The site of the documents: every page has a place, every command and name is told, every link holds."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from scripts.docs_site.api_pages import GROUPS
from scripts.docs_site.command_pages import command_pages, documented_examples, spoken_commands
from scripts.docs_site.gather import ROOT, navigation, relinked

import jakstat

FROM_NETWORK = {"img", "script", "link", "iframe", "source", "object", "embed", "video", "audio"}


def test_every_command_has_its_line_on_the_page_of_commands():
    assert set(documented_examples()) == {name for name, _ in spoken_commands()}


@pytest.mark.long
def test_a_page_of_a_command_tells_every_option_with_its_default():
    page = command_pages()["commands/simulate.md"]
    assert "| `--until` | text | Last time. If not given: `6h`. |" in page
    assert "| `--points` | whole number | Number of evenly spaced times. If not given: `241`. |" in page
    assert "| `CONTEXT` | text | Kind of cell, e.g. hepg2. Has to be given. |" in page
    for name, command in spoken_commands():
        page = command_pages()[f"commands/{name.split()[0]}.md"]
        for option in (p for p in command.params if p.param_type_name == "option" and not p.hidden):
            assert option.name == "help" or f"`{option.opts[0]}`" in page, (name, option.opts)


def test_every_public_name_stands_in_one_group_of_the_python_pages():
    names = [name for *_, names in GROUPS.values() for name in names.split()]
    assert sorted(names) == sorted(set(jakstat.__all__) - {"__version__"})


def test_every_page_has_a_place():
    names = [p.relative_to(ROOT / "docs").with_suffix("").as_posix() for p in (ROOT / "docs").rglob("*.md")]
    sections = navigation(names)
    placed = [n for s in sections for name, below in s.pages for n in (name, *below)]
    assert sorted(placed) == sorted(set(names) - {"index"})
    assert [name for name, below in sections[0].pages if name == "own-data"], "users first"


def test_links_out_of_the_documents_lead_to_copies():
    known = {"CONTRIBUTING.md": Path("contributing.md")}
    page = "[a](../CONTRIBUTING.md) [b](../examples/own/curves.csv) [c](pk.md#x) [d](https://doi.org/1)"
    said = relinked(page, "docs/a.md", known=known)
    assert (
        said == "[a](contributing.md) [b](files/examples/own/curves.csv) [c](pk.md#x) [d](https://doi.org/1)"
    )


class Links(HTMLParser):
    """What a page loads, where it leads, and which places it has."""

    def __init__(self, text):
        super().__init__()
        self.loads, self.leads, self.places = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.places |= {given[k] for k in ("id", "name") if given.get(k)}
        if tag in FROM_NETWORK:
            self.loads += [given[k] for k in ("src", "href", "data") if given.get(k)]
        elif tag == "a" and given.get("href"):
            self.leads.append(given["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    build = tmp_path_factory.mktemp("build")
    command = [sys.executable, "-m", "scripts.docs_site", str(build)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return build / "site"


@pytest.mark.long
def test_the_site_loads_nothing_from_a_network_and_every_link_leads_somewhere(site):
    pages = {path: Links(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    assert len(pages) > 150
    for path, page in pages.items():
        for target in page.loads:
            parts = urlsplit(target)
            assert (parts.scheme, parts.netloc) == ("", "") or parts.scheme == "data", (path.name, target)
            assert parts.scheme or (path.parent / unquote(parts.path)).exists(), (path.name, target)
        for target in page.leads:
            parts = urlsplit(target)
            if parts.scheme:
                assert parts.scheme in ("https", "http", "mailto"), (path.name, target)
                continue
            goal = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert goal.exists(), (path.name, target)
            if parts.fragment and goal.suffix == ".html":
                assert unquote(parts.fragment) in pages[goal].places, (path.name, target)
    for sheet in site.rglob("*.css"):
        for target in re.findall(r"url\(([^)]+)\)|@import\s+([^;]+)", sheet.read_text(encoding="utf-8")):
            assert not re.match(r"[\"']?(https?:)?//", "".join(target)), (sheet.name, target)
