"""Names that resemble a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from jakstat.errors import Problem

__all__ = ["nearest_names", "unknown"]

_LONGEST_NAME = 80
_SHOWN = 3
_LISTED = 40
_FEW = 12
_LISTING = ("--stimulus", "--drug", "--knockdown", "--observe", "--readout", "--treatment")
"""Options that take the word ``list`` in place of a name."""


def nearest_names(name: str, valid: Iterable[str], *, shown: int = _SHOWN) -> tuple[str, ...]:
    """The valid names most like ``name``, best first; empty when none is near.

    Case is ignored. Only the first 80 characters are compared, so that a hostile
    name costs no time.

    Examples
    --------
    >>> nearest_names("hepg", ["hepg2", "mouse_hepatocyte"])
    ('hepg2',)
    >>> nearest_names("xyz", ["hepg2"])
    ()
    """
    folded: dict[str, str] = {}
    for candidate in valid:
        folded.setdefault(candidate.casefold(), candidate)
    wanted = name[:_LONGEST_NAME].casefold()
    close = get_close_matches(wanted, list(folded), n=shown, cutoff=0.5)
    begins = [] if len(wanted) < 2 else [key for key in sorted(folded) if key.startswith(wanted)]
    order = list(dict.fromkeys(close + begins))[:shown]
    return tuple(folded[key] for key in order)


def unknown(kind: str, name: str, valid: Iterable[str], *, field: str | None = None) -> Problem:
    """The problem to report when ``name`` is not among the ``valid`` names of a ``kind``.

    Examples
    --------
    >>> print(unknown("drug", "ruxo", ["ruxolitinib", "Stattic"]))
    there is no drug 'ruxo'. did you mean 'ruxolitinib'? known: Stattic, ruxolitinib [drug.unknown]
    """
    names = sorted(set(valid))
    close = nearest_names(name, names)
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    known = f"known: {', '.join(names[:_LISTED])}{more}" if names else f"no {kind} is known here"
    if close and len(names) > _FEW:
        known = f"{field} list shows all {len(names)}" if field in _LISTING else ""
    near = f"did you mean {' or '.join(repr(n) for n in close)}?" if close else ""
    hint = " ".join(filter(None, (near, known)))
    cut = name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + "..."
    return Problem(f"{kind.replace(' ', '-')}.unknown", f"there is no {kind} {cut!r}", field=field, hint=hint)
