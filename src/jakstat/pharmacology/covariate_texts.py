"""Covariates as one types them: ``albumin=3.0``."""

from __future__ import annotations

from collections.abc import Sequence

from jakstat.errors import problem
from jakstat.units import parse_number

__all__ = ["read_covariates"]


def read_covariates(given: Sequence[str] | None, weight: float | None) -> dict[str, float]:
    """Values by covariate; the weight has an option of its own.

    Raises
    ------
    InputError
        ``covariate.text``, ``covariate.twice``, ``number.text``.

    Examples
    --------
    >>> read_covariates(["albumin=3.0"], 70.0)
    {'weight': 70.0, 'albumin': 3.0}
    """
    found: dict[str, float] = {} if weight is None else {"weight": weight}
    for text in given or ():
        word, sign, value = text.partition("=")
        name = word.strip()
        if not sign:
            raise problem(
                "covariate.text", f"{text[:40]!r} has no value", field="--covariate", hint="albumin=3.0"
            )
        if name in found:
            message = f"{name[:40]} is given twice"
            raise problem("covariate.twice", message, field="--covariate", hint="give each covariate once")
        found[name] = parse_number(value, field=f"--covariate {name[:40]}")
    return found
