"""The page of published intervals of progression: what was fitted, what is predicted, and every miss."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from jakstat.progression.published import PublishedComparison
from jakstat.store import write_text

__all__ = ["progression_page"]

_HEAD = """# Progression: published and modelled

Each row is followed in the model as it was followed in the study: from the same stage, for the same years,
counting the same events. Ours is told with the 5 and 95 % of draws of every number in its range
(`progression/hazards.csv`) and of ages that had to be assumed. Rows of role fit set numbers. After predicted
rows were seen no value was changed to meet one; one range was narrowed (share_IL6, its low end from 0.3 to
0.5), and IL-6 was given a smaller share in cirrhosis than in cancer. A row agrees when ours lies in the
published interval, or, where none is published, the published value in ours.
`jakstat progression --published` writes the table.
"""


def _number(value: float) -> str:
    return f"{value:.3g}"


def progression_page(compared: Iterable[PublishedComparison]) -> str:
    """The Markdown page.

    Examples
    --------
    >>> progression_page([]).splitlines()[0]
    '# Progression: published and modelled'
    """
    found = list(compared)
    lines = [_HEAD]
    for role in ("fit", "predict"):
        of = [c for c in found if c.published.role == role]
        lines.append(f"- {role}: {sum(c.agrees for c in of)} of {len(of)} agree.")
    heads = "id | what | unit | published | ours | role | source | of the group"
    lines += ["", f"| {heads} |", "|" + " --- |" * (heads.count("|") + 1)]
    for c in found:
        p = c.published
        ends = "" if p.low is None or p.high is None else f" ({_number(p.low)} to {_number(p.high)})"
        ours = f"{_number(c.value)} ({_number(c.low)} to {_number(c.high)})" + ("" if c.agrees else " (miss)")
        role = {"predict": "predicted", "option": "the other option", "fit": "fitted"}[p.role]
        cells = (p.id, p.what, p.unit, _number(p.value) + ends, ours, role, p.source, p.note)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _write() -> None:  # pragma: no cover - run by hand, and by make docs
    from jakstat.progression.published import compare_published

    write_text(Path("docs/fits/progression.md"), progression_page(compare_published()), replace=True)


if __name__ == "__main__":  # pragma: no cover
    _write()
