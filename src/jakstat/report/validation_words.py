"""How many published observations the model meets, in the sentence that README and pages hold.

``python -m jakstat.report.validation_words`` writes it there again (``make docs``).
"""

from __future__ import annotations

import re
from pathlib import Path

from jakstat.evidence.validate import Validation, validate
from jakstat.store import write_text

__all__ = ["PAGES", "validation_sentence", "with_sentence"]

PAGES = ("README.md", "docs/protocols.md")
_MARKED = re.compile(r"<!-- validation -->.*?<!-- /validation -->", re.DOTALL)


def validation_sentence(found: Validation) -> str:
    """What was met of what went into the fit, and of what did not."""
    (fit, of_fit), (met, predicted) = found.by_role["fit"], found.by_role["predict"]
    return (
        f"Of {of_fit} published observations that the core was fitted to, {fit} lie within their bracket; "
        f"of {predicted} that it was not fitted to, {met}."
    )


def with_sentence(page: str, sentence: str) -> str:
    """The page with the sentence between its marks.

    Examples
    --------
    >>> with_sentence("a <!-- validation -->old<!-- /validation --> b", "new")
    'a <!-- validation -->new<!-- /validation --> b'
    """
    return _MARKED.sub(f"<!-- validation -->{sentence}<!-- /validation -->", page)


def _write(root: Path) -> None:
    sentence = validation_sentence(validate())
    for name in PAGES:
        path = root / name
        write_text(path, with_sentence(path.read_text(encoding="utf-8"), sentence), replace=True)


if __name__ == "__main__":
    _write(Path.cwd())
