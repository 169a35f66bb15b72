"""What the responses of a measured matrix are: viability or effect, shares or percents. Told, never guessed.

The null models need an effect, 0 without drugs and 1 for the full one. A viability taken for an effect gives
numbers that look like any other, so the scale is asked for, and a table that contradicts it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jakstat.arrays import Floats
from jakstat.errors import Problem, problem

__all__ = ["RESPONSE_SCALES", "ResponseScale", "doubt", "response_scale"]

_FIELD = "--response"


@dataclass(frozen=True, slots=True)
class ResponseScale:
    """How a response is read.

    Parameters
    ----------
    name : str
        As ``--response`` takes it.
    full : float
        The response without drugs of a viability, or that of the full effect; NaN where it is the mean of
        the wells without drugs.
    falls : bool
        Whether it falls as the drugs act.
    words : str
    """

    name: str
    full: float
    falls: bool
    words: str

    def effect(self, response: Floats, untreated: float = float("nan")) -> Floats:
        """The effect, 0 without drugs and 1 for the full one.

        Examples
        --------
        >>> RESPONSE_SCALES["percent-viability"].effect(np.array([100.0, 25.0])).tolist()
        [0.0, 0.75]
        """
        share = response / (untreated if np.isnan(self.full) else self.full)
        return np.asarray(1.0 - share if self.falls else share)


RESPONSE_SCALES = {
    s.name: s
    for s in (
        ResponseScale("viability", 1.0, True, "viability: 1 without drugs, 0 where nothing lives"),
        ResponseScale("percent-viability", 100.0, True, "viability in percent: 100 without drugs"),
        ResponseScale("effect", 1.0, False, "effect: 0 without drugs, 1 for the full effect"),
        ResponseScale("percent-effect", 100.0, False, "effect in percent: 0 without drugs, 100 the full one"),
        ResponseScale(
            "signal",
            float("nan"),
            True,
            "signal that falls as drugs act, over the mean of wells without drugs",
        ),
    )
}
"""By the name that ``--response`` takes."""

_ALSO = {
    "inhibition": "effect", "percent-inhibition": "percent-effect", "survival": "viability",
    "percent-survival": "percent-viability", "%viability": "percent-viability", "%effect": "percent-effect",
    "%inhibition": "percent-effect", "viability%": "percent-viability", "inhibition%": "percent-effect",
    "viability-percent": "percent-viability", "effect-percent": "percent-effect", "raw": "signal",
}  # fmt: skip

_PERCENT_FROM, _SHARE_UP_TO = 3.0, 1.5
_SIGNAL_FROM = 400.0
_OTHER_WAY = 0.5
_HINT = ", ".join(RESPONSE_SCALES)


def response_scale(name: str | None, *, file: str = "", said: str = "") -> ResponseScale:
    """The scale of that name.

    Parameters
    ----------
    name : str or None
    file : str
        Named where none is given.
    said : str
        What the file calls its responses.

    Raises
    ------
    InputError
        ``matrix.response``.

    Examples
    --------
    >>> response_scale("Percent inhibition").name
    'percent-effect'
    """
    if not name:
        heading = f"; the file calls the column {said!r}" if said else ""
        hint = (
            "say --response viability (1 without drugs, falling), percent-viability (100 without drugs), "
            "effect (0 without drugs, rising), percent-effect, or signal (raw, divided by the wells without "
            "drugs)"
        )
        message = f"what the responses are is not told{heading}"
        raise problem("matrix.response", message, file=file or None, field=_FIELD, hint=hint)
    plain = "-".join(name.strip().casefold().replace("_", " ").replace("-", " ").split())
    found = RESPONSE_SCALES.get(_ALSO.get(plain, plain))
    if found is None:
        raise problem("matrix.response", f"no response {name[:40]!r}", field=_FIELD, hint=f"one of {_HINT}")
    return found


def doubt(
    scale: ResponseScale, response: Floats, untreated: Floats, treated: Floats, *, file: str, matrix: str
) -> Problem | None:
    """What contradicts the scale: percents for shares, or an effect for a viability; None if nothing does.

    Parameters
    ----------
    response : array
        All responses of a matrix.
    untreated, treated : array
        Those without drugs (or at the lowest doses), and those at the highest doses.

    Examples
    --------
    >>> wells = np.array([0.02, 0.5, 0.97])
    >>> doubt(RESPONSE_SCALES["viability"], wells, wells[:1], wells[2:], file="m.csv", matrix="").hint
    'say --response effect'
    """
    size = float(np.nanmax(np.abs(response)))
    where = f" of {matrix}" if matrix else ""

    def fault(message: str, hint: str) -> Problem:
        return Problem("matrix.response", message, file, field=_FIELD, hint=hint)

    kind = scale.name.removeprefix("percent-")
    if scale.full == 1.0 and size > _PERCENT_FROM:
        other = f"percent-{kind}" if size <= _SIGNAL_FROM else "signal"
        return fault(
            f"responses{where} reach {size:.4g}, so they are no shares of 1", f"say --response {other}"
        )
    if scale.full > 1.0 and size <= _SHARE_UP_TO:
        return fault(
            f"no response{where} is above {size:.4g}, so they are no percents", f"say --response {kind}"
        )
    if np.isnan(scale.full):
        return None
    first, last = (float(np.nanmean(scale.effect(x))) for x in (untreated, treated))
    if first > _OTHER_WAY and last < first - 0.2:
        other = scale.name.replace(kind, "effect" if kind == "viability" else "viability")
        ends = [float(np.nanmean(x)) for x in (untreated, treated)]
        told = f"responses{where} are {ends[0]:.3g} without drugs and {ends[1]:.3g} at the highest doses"
        return fault(f"{told}: the other way round from {scale.name}", f"say --response {other}")
    return None
