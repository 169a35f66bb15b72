"""The patients of a virtual trial as CDISC's ADaM data sets, ADSL and ADTTE, in SAS transport files.

ADTTE has a row for each patient and endpoint in the arm that he was randomised to, as ADaM's basic data
structure for time-to-event analyses (version 1.0) has it: AVAL is the time, CNSR 0 where the event was seen
and 1 where he was lost from sight before. One patient in another arm than his own is no row of a trial.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jakstat.errors import problem
from jakstat.sas_transport import TransportColumn, transport_bytes
from jakstat.trial.run_tables import RunTables
from jakstat.units import convert

__all__ = ["adam_files"]

_MONTH = convert(1.0, "month", "h")
_PARAMS = {
    "OS": ("Overall survival (months)", "death"),
    "PFS": ("Progression-free survival (months)", "progression or death"),
    "TTP": ("Time to progression (months)", "progression"),
    "RFS": ("Recurrence-free survival (months)", "recurrence or death"),
    "DoR": ("Duration of response (months)", "progression or death"),
}
_LABELS = {
    "STUDYID": "Study Identifier", "USUBJID": "Unique Subject Identifier", "TRT01P": "Planned Treatment",
    "TRT01PN": "Planned Treatment (N)", "TRTP": "Planned Treatment", "TRTPN": "Planned Treatment (N)",
    "PARAM": "Parameter", "PARAMCD": "Parameter Code", "AVAL": "Analysis Value",
    "AVALU": "Analysis Value Unit", "CNSR": "Censor", "EVNTDESC": "Event or Censoring Description",
    "ITTFL": "Intent-To-Treat Flag",
    "AGE": "Age", "SEX": "Sex", "WEIGHT": "Patients of the Population Stood For",
}  # fmt: skip


def adam_files(run: RunTables, study: str) -> dict[str, bytes]:
    """The two files by name.

    Parameters
    ----------
    run : RunTables
    study : str
        Name of the trial.

    Returns
    -------
    dict of str to bytes
        ``adsl.xpt``, ``adtte.xpt``.

    Raises
    ------
    InputError
        ``trial.tables`` when nobody was followed; ``table.columns`` for a name that is not ASCII.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from jakstat.trial.run_tables import from_arrow
    >>> rows = {"patient": [7], "arm": ["a"], "failed": [""], "assigned": [True], "weight": [1.0],
    ...         "OS_h": [730.5], "OS_event": [True]}
    >>> sorted(adam_files(from_arrow(["a"], pa.table(rows)), "a trial"))
    ['adsl.xpt', 'adtte.xpt']
    """
    own = [(arm, who) for arm, who in zip(*np.nonzero(run.assigned), strict=True)]
    own.sort(key=lambda pair: (int(run.ids[pair[1]]), pair[0]))
    if not own:
        raise problem("trial.tables", "nobody was followed in the arm that he was randomised to")
    subjects = _subjects(run, own, study)
    times = _times(run, own, study)
    return {"adsl.xpt": _file("ADSL", subjects), "adtte.xpt": _file("ADTTE", times)}


def _subject(run: RunTables, who: int) -> str:
    return f"VP{int(run.ids[who]):06d}"


def _subjects(run: RunTables, own: Sequence[tuple[int, int]], study: str) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {
        "STUDYID": [study] * len(own),
        "USUBJID": [_subject(run, who) for _, who in own],
        "TRT01P": [run.arms[arm] for arm, _ in own],
        "TRT01PN": [float(arm) for arm, _ in own],
        "ITTFL": ["Y"] * len(own),
        "WEIGHT": [float(run["weight"][pair]) for pair in own],
    }
    if "base_age" in run.columns:
        columns["AGE"] = [float(run["base_age"][pair]) for pair in own]
    if "base_female" in run.columns:
        columns["SEX"] = ["F" if run["base_female"][pair] > 0.5 else "M" for pair in own]
    return columns


def _times(run: RunTables, own: Sequence[tuple[int, int]], study: str) -> dict[str, list[Any]]:
    names = ("STUDYID", "USUBJID", "TRTP", "TRTPN", "PARAM", "PARAMCD", "AVAL", "AVALU", "CNSR", "EVNTDESC")
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for endpoint, (words, event) in _PARAMS.items():
        if not run.has(endpoint):
            continue
        for pair in own:
            time, happened = float(run[f"{endpoint}_h"][pair]), bool(run[f"{endpoint}_event"][pair])
            if not np.isfinite(time):
                continue
            row = (
                study, _subject(run, pair[1]), run.arms[pair[0]], float(pair[0]), words, endpoint.upper(),
                time / _MONTH, "MONTHS", 0.0 if happened else 1.0, event if happened else "lost from sight",
            )  # fmt: skip
            for name, value in zip(names, row, strict=True):
                columns[name].append(value)
    return columns


def _file(name: str, columns: Mapping[str, Sequence[Any]]) -> bytes:
    made = [TransportColumn(key, _LABELS[key], tuple(values)) for key, values in columns.items()]
    return transport_bytes(name, made)
