"""The keys of a trial file as tables, from the table of its fields, in the page that explains trials.

``python -m jakstat.report.trial_file_page`` writes them there again (``make docs``).
"""

from __future__ import annotations

import re
from pathlib import Path

from jakstat.store import write_text
from jakstat.trial.trial_fields import TrialField, trial_fields

__all__ = ["key_tables", "with_key_tables"]

_PAGE = "docs/trial.md"
_MARKED = re.compile(r"<!-- keys -->.*?<!-- /keys -->", re.DOTALL)
_HEADS = {
    "": "The file",
    "arm": "An arm",
    "line": "A line (a later treatment)",
    "visits": "Visits",
    "rule": "A rule",
    "stratum": "A stratum",
    "eligible": "A range that lets patients in",
    "options": "Options",
    "resect": "An operation",
}


def key_tables() -> str:
    """A table for each mapping of a trial file.

    Examples
    --------
    >>> "| `do`* | stop, reduce or switch | what is done | `do: stop` |" in key_tables()
    True
    """
    parts = []
    for group, fields in trial_fields().items():
        rows = [
            f"| `{f.key}`{'*' if f.needed else ''} | {_kind(f)} | {f.about} | `{f.example}` |"
            for f in fields.values()
        ]
        head = f"| {_HEADS[group]} | is | what it says | e.g. |\n|---|---|---|---|"
        parts.append("\n".join([head, *rows]))
    return "\n\n".join([*parts, "\\* has to be there."])


def _kind(field: TrialField) -> str:
    if field.inner is not None:
        how, group = field.inner
        word = "range" if group == "eligible" else group
        return {
            "one": "keys and values",
            "named": f"{word}s by name",
            "list": f"list of {'strata' if word == 'stratum' else word + 's'}",
        }[how]
    if field.choices:
        words = f"{', '.join(field.choices[:-1])} or {field.choices[-1]}"
        return f"list of {words}" if field.kind == "choices" else words
    plain = {
        "whole": f"whole number, {field.low:,.0f} to {field.high:,.0f}",
        "number": f"number, {field.low:g} to {field.high:g}",
        "span": "time",
        "spans": "list of times",
        "texts": "list of texts",
        "rate": "share in a time",
        "seed": "whole number, 0 or more",
        "flag": "true or false",
    }
    return plain.get(field.kind, field.kind)


def with_key_tables(page: str) -> str:
    """The page with the tables between its marks.

    Examples
    --------
    >>> with_key_tables("a <!-- keys -->old<!-- /keys --> b").startswith("a <!-- keys -->")
    True
    """
    return _MARKED.sub(lambda _: f"<!-- keys -->\n{key_tables()}\n<!-- /keys -->", page)


def _write(root: Path) -> None:
    path = root / _PAGE
    write_text(path, with_key_tables(path.read_text(encoding="utf-8")), replace=True)


if __name__ == "__main__":
    _write(Path.cwd())
