"""Gathers the pages of the site in one folder: docs/, pages from the program, and the files they name."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import yaml

from jakstat.identity import VERSION
from scripts.docs_site.api_pages import api_pages
from scripts.docs_site.command_pages import command_pages

__all__ = ["Section", "gather", "navigation", "relinked"]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DOCS = ROOT / "docs"
_RENAMED = {"README.md": "index.md", "CHANGELOG.md": "changes.md"}
_AS_TEXT = ".txt"
"""Markdown elsewhere in the repository is no page of the site: it is copied as text."""
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_LINK = re.compile(r"(\]\()([^)\s#]+)((?:#[^)\s]*)?\))")


@dataclass(frozen=True)
class Section:
    """A heading of the navigation and the pages under it, each with those below it."""

    title: str
    pages: tuple[tuple[str, tuple[str, ...]], ...]


def navigation(names: Iterable[str]) -> tuple[Section, ...]:
    """The sections of the site, every page placed once; a page without a place ends the last section.

    Parameters
    ----------
    names : iterable of str
        Every page, as a path without ending.

    Examples
    --------
    >>> navigation(["index", "pk", "model/jak", "parts"])[2].pages
    (('parts', ('model/jak',)),)
    """
    left = sorted(set(names) - {"index"})
    rows = yaml.safe_load((HERE / "navigation.yaml").read_text(encoding="utf-8"))
    placed: list[tuple[str, list[tuple[str, tuple[str, ...]]]]] = []
    own = {page if isinstance(page, str) else page["page"] for row in rows for page in row["pages"]}
    for row in rows:
        found: list[tuple[str, tuple[str, ...]]] = []
        for page in row["pages"]:
            name, patterns = (page, []) if isinstance(page, str) else (page["page"], page["below"])
            below = tuple(n for n in left if n not in own and any(fnmatchcase(n, p) for p in patterns))
            if name in left:
                found.append((name, below))
                left = [n for n in left if n != name and n not in below]
        placed.append((row["title"], found))
    placed[-1][1].extend((name, ()) for name in left)
    return tuple(Section(title, tuple(pages)) for title, pages in placed)


def gather(folder: Path) -> None:
    """Write every page and file of the site into a new folder, ready for Sphinx."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pages = dict(_pages())
    for name, text in {**pages, **_tables_of_contents(pages)}.items():
        _write(folder / name, text)
    for source in sorted(DOCS.rglob("*")):
        if source.is_file() and source.suffix != ".md":
            _copy(source, folder / source.relative_to(DOCS))
    for name in sorted({target for text in pages.values() for target in _repository_files(text)}):
        _copy(ROOT / name.removesuffix(_AS_TEXT), folder / "files" / name)
    _copy(HERE / "site.css", folder / "_static" / "site.css")
    _copy(HERE / "conf.py", folder / "conf.py")


def relinked(text: str, page: str, *, known: Mapping[str, Path]) -> str:
    """The text of a page with links that lead to where its targets lie in the site.

    Parameters
    ----------
    text : str
        Markdown.
    page : str
        Where the page lies in the repository, e.g. ``docs/parts.md``.
    known : mapping of str to Path
        Unused names are kept; a name of the repository gives the page of the site it became.

    Examples
    --------
    >>> relinked("[x](../CHANGELOG.md#a)", "docs/a.md", known={"CHANGELOG.md": Path("changes.md")})
    '[x](changes.md#a)'
    """
    here = PurePosixPath(page).parent
    place = known.get(page)
    begin = PurePosixPath("docs") if place is None else PurePosixPath("docs") / PurePosixPath(place).parent

    def led(found: re.Match[str]) -> str:
        target = found[2]
        if re.match(r"[a-z]+:", target):
            return found[0]
        name = os.path.normpath(here / target)
        if name in known:
            goal = PurePosixPath("docs") / PurePosixPath(known[name])
        elif (ROOT / name).is_dir():
            goal = _folder_page(name)
        elif name.startswith("docs/"):
            goal = PurePosixPath(name)
        else:
            goal = PurePosixPath("docs/files") / (name + _AS_TEXT if name.endswith(".md") else name)
        start = begin if page in known else here
        return f"{found[1]}{os.path.relpath(goal, start)}{found[3]}"

    return _LINK.sub(led, text)


def _with_command_links(text: str) -> str:
    """The page of all commands, whose names lead to their pages."""
    return re.sub(r"^\| `([a-z-]+)([a-z ]*)` \|", r"| [`\1\2`](commands/\1.md) |", text, flags=re.MULTILINE)


def _folder_page(name: str) -> PurePosixPath:
    """Where the list of the files of a folder stands."""
    if name == "docs/model":
        return PurePosixPath("docs/parts.md")
    return PurePosixPath("docs/folders") / f"{name.replace('/', '-')}.md"


def _top_pages() -> dict[str, Path]:
    """Pages that stand at the top of the repository, and what they are called in the site."""
    names = sorted(path.name for path in ROOT.glob("*.md"))
    return {name: Path(_RENAMED.get(name, name.lower().replace("_", "-"))) for name in names}


def _pages() -> Iterator[tuple[str, str]]:
    known = _top_pages()
    for source in sorted(DOCS.rglob("*.md")):
        name = source.relative_to(DOCS).as_posix()
        text = relinked(source.read_text(encoding="utf-8"), f"docs/{name}", known=known)
        # A comment at the beginning of a line would keep the rest of it from being read as Markdown.
        text = _COMMENT.sub("", text)
        yield name, _with_command_links(text) if name == "commands.md" else text
    for old, new in known.items():
        if new.name != "index.md":
            yield new.name, relinked((ROOT / old).read_text(encoding="utf-8"), old, known=known)
    yield from command_pages().items()
    yield from api_pages().items()


def _tables_of_contents(pages: Mapping[str, str]) -> dict[str, str]:
    """Pages that have others below them, with their list, and the home page with all sections."""
    changed: dict[str, str] = {}
    home = pages["index.md"].replace("VERSION", VERSION)
    for section in navigation(name.removesuffix(".md") for name in pages):
        home += _toctree([name for name, _ in section.pages], caption=section.title)
        for name, below in section.pages:
            if below:
                folder = str(PurePosixPath(name).parent)
                relative = [os.path.relpath(n, folder) for n in below]
                changed[f"{name}.md"] = pages[f"{name}.md"] + _toctree(relative)
    return {**changed, "index.md": home}


def _toctree(names: Iterable[str], caption: str | None = None) -> str:
    said = [] if caption is None else [f":caption: {caption}"]
    return "\n".join(["", "```{toctree}", ":hidden:", *said, "", *names, "```", ""])


def _repository_files(text: str) -> Iterator[str]:
    for found in _LINK.finditer(text):
        _, inside, name = found[2].partition("files/")
        if inside and (ROOT / name.removesuffix(_AS_TEXT)).is_file():
            yield name


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _copy(source: Path, goal: Path) -> None:
    goal.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, goal)
