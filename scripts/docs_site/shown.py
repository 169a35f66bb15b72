"""What commands print, in the pages that show it: read from a page, run, and written there again.

``python -m scripts.docs_site.shown [PAGE ...]`` does so for every page that shows output (``make pages``).
In a page, a ``console`` block holds a line ``$ jakstat ...`` (a backslash goes on to the next line) and what
was printed; ``<!-- shown: 2-9 -->`` before it keeps those lines. ``<!-- not run: REASON -->`` before a block
of any kind says why nothing runs it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["DocumentedCommand", "documented_commands", "refreshed", "run_page"]

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(
    r"(?P<marks>(?:^<!--[^\n]*-->\n)*)^```(?:console|sh)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
_INDENTED = re.compile(r"(?P<marks>(?:^<!--.*-->\n\n?)*)(?P<body>(?:^ {4}.*\n?)+)", re.MULTILINE)
_CELL = re.compile(r"\| `(jakstat [^`]+)` \|$", re.MULTILINE)
_NOT_RUN = re.compile(r"<!-- not run: (?:(?P<command>jakstat [^:]+): )?(?P<reason>.+?) -->")
_SHOWN = re.compile(r"<!-- shown: (\d+)-(\d+) -->")
_FIGURE = re.compile(r"!\[[^]]*\]\((?P<path>[^)]*img/[^)]+)\)")


@dataclass(frozen=True)
class DocumentedCommand:
    """A command of a page: its words after ``jakstat``, why it is not run, whether its output is shown."""

    words: tuple[str, ...]
    reason: str | None = None
    shown: bool = False


def documented_commands(text: str) -> list[DocumentedCommand]:
    r"""Every command that a page shows as code: in fences, indented, or in the cells of a table.

    Examples
    --------
    >>> page = "<!-- not run: it waits -->\n```sh\njakstat lab\n```\n\n    jakstat pk a\n"
    >>> lab, pk = documented_commands(page)
    >>> lab.words, lab.reason, pk.words, pk.reason
    (('lab',), 'it waits', ('pk', 'a'), None)
    """
    found: list[tuple[int, DocumentedCommand]] = []
    for block in _FENCE.finditer(text):
        reason = _NOT_RUN.search(block["marks"])
        shown = block["body"].startswith("$ ")
        found += [(block.start(), _command(line, reason, shown)) for line in _spoken(block["body"])]
    fences = [block.span() for block in _FENCE.finditer(text)]
    for block in _INDENTED.finditer(text):
        if not any(start <= block.start("body") < end for start, end in fences):
            reason = _NOT_RUN.search(block["marks"])
            found += [(block.start(), _command(line, reason)) for line in _spoken(_outdented(block["body"]))]
    excused = {m["command"]: m for m in _NOT_RUN.finditer(text) if m["command"]}
    for cell in _CELL.finditer(text):
        found.append((cell.start(), _command(cell[1], excused.get(cell[1]))))
    return [command for _, command in sorted(found, key=lambda item: item[0])]


def refreshed(text: str, run: Callable[[tuple[str, ...]], str]) -> str:
    r"""The page with what its commands print now.

    Parameters
    ----------
    text : str
        A page in Markdown.
    run : callable
        Runs a command, given as its words after ``jakstat``, and returns what it prints.

    Examples
    --------
    >>> refreshed("```console\n$ jakstat doctor\nold\n```\n", lambda words: f"{words[0]} is well\n")
    '```console\n$ jakstat doctor\ndoctor is well\n```\n'
    """

    def anew(block: re.Match[str]) -> str:
        if _NOT_RUN.search(block["marks"]) or not re.search(r"^\$ jakstat ", block["body"], re.MULTILINE):
            return block[0]
        kept = _SHOWN.search(block["marks"])
        lines = []
        for typed in re.findall(r"^(\$ (?:.*\\\n)*.*)\n", block["body"], re.MULTILINE):
            printed = _printed(run(_command(next(_spoken(typed + "\n")), None).words))
            lines += [typed, *(_some(printed, int(kept[1]), int(kept[2])) if kept else printed)]
        return f"{block['marks']}```console\n" + "\n".join(lines) + "\n```"

    return _FENCE.sub(anew, text)


def run_page(page: Path, folder: Path, *, figures: bool = True) -> str:
    """Run the commands of a page in a folder, one after the other; the page as it should be.

    Parameters
    ----------
    page : Path
        A page in ``docs``.
    folder : Path
        An empty folder; files that commands write lie there afterwards.
    figures : bool
        Whether figures that the page shows are replaced by those that were drawn.

    Raises
    ------
    RuntimeError
        When a command fails.
    """
    from typer.testing import CliRunner

    from jakstat.cli.main import app

    def run(words: tuple[str, ...]) -> str:
        done = CliRunner().invoke(app, list(words))
        if done.exit_code:
            raise RuntimeError(f"{page.name}: jakstat {shlex.join(words)}: {done.output}")
        return str(done.output).replace(f"{folder}/", "")

    text = page.read_text(encoding="utf-8")
    with _inside(folder):
        (folder / "examples").symlink_to(ROOT / "examples")
        said = refreshed(text, run)
    for figure in _FIGURE.finditer(said) if figures else ():
        goal = (page.parent / figure["path"]).resolve()
        drawn = folder / goal.name
        if drawn.exists():
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(drawn, goal)
    return said


def _spoken(body: str) -> Iterator[str]:
    for line in body.replace("\\\n", " ").splitlines():
        plain = line.removeprefix("$ ")
        if plain.startswith("jakstat "):
            yield plain


def _command(line: str, reason: re.Match[str] | None, shown: bool = False) -> DocumentedCommand:
    words = tuple(shlex.split(line, comments=True))[1:]
    return DocumentedCommand(words, None if reason is None else reason["reason"], shown)


def _outdented(body: str) -> str:
    return "".join(line.removeprefix("    ") for line in body.splitlines(keepends=True))


def _printed(output: str) -> list[str]:
    lines = [line.rstrip() for line in output.splitlines()]
    return [line for line in lines if line]


def _some(lines: list[str], first: int, last: int) -> list[str]:
    before, behind = ["..."] * (first > 1), ["..."] * (last < len(lines))
    return [*before, *lines[first - 1 : last], *behind]


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    here = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)


def main(names: list[str]) -> None:
    """Write what commands print now into the named pages, or into all that show it."""
    pages = [Path(name).resolve() for name in names] or sorted((ROOT / "docs").rglob("*.md"))
    for page in pages:
        if re.search(r"^```console\n\$ jakstat ", page.read_text(encoding="utf-8"), re.MULTILINE):
            with tempfile.TemporaryDirectory() as folder:
                page.write_text(run_page(page, Path(folder)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
