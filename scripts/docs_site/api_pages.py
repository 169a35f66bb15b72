"""Pages of the Python API: every public name of ``jakstat``, from its docstring."""

from __future__ import annotations

from collections.abc import Mapping

import jakstat

__all__ = ["GROUPS", "api_pages"]

# What one asks for, and the public names that answer.
GROUPS: Mapping[str, tuple[str, str, str]] = {
    "cells": (
        "Cells under a protocol",
        "A stimulus, drugs and knockdowns on one kind of cell; the answer is an xarray Dataset.",
        "simulate run_protocol make_protocol read_protocol read_result half_maxima",
    ),
    "drugs": (
        "Drugs: doses, pairs, exposure",
        "Curves and surfaces of the model, and your own beside them.",
        "dose_response fit_curves own_drug combine score_matrix exposure observed_exposure",
    ),
    "patients": ("Patients", "A patient's tumour under treatment.", "patient"),
    "models": (
        "Models and their parts",
        "What a model is made of; any SBML file as a model.",
        "contexts context states parts parameters assemble own_cell load_sbml Dose pathway_map",
    ),
    "analysis": (
        "Questions to a whole model",
        "Steady states, switches, influence.",
        "steady_states sensitivity bistability",
    ),
    "fits": ("Fits", "PEtab problems, and your own time courses.", "load_problem fit fit_time_courses"),
    "evidence": (
        "What it rests on",
        "Published observations beside the model, and the sources of it all.",
        "validate observations sources cite",
    ),
    "errors": (
        "Faults and outcomes",
        "Bad input is one `InputError` with every problem; a simulation that fails has an `Outcome`.",
        "InputError Problem Outcome",
    ),
}
_HEAD = """# Python

```python
import jakstat as js
```

A name is loaded when it is first used. Every function below takes the words of the command line too
(`stimulus=` is `stimuli=`), and its example is run as a test. `js.__version__` is the version.

"""


def api_pages() -> dict[str, str]:
    """The pages by their name in the site.

    Examples
    --------
    >>> sorted(api_pages())[:2]
    ['api/analysis.md', 'api/cells.md']
    """
    pages = {f"api/{key}.md": _page(*group) for key, group in GROUPS.items()}
    rows = [f"| [{title}]({key}.md) | {_linked(names)} |" for key, (title, _, names) in GROUPS.items()]
    table = ["| what | names |", "|---|---|", *rows, ""]
    return {"api/index.md": _HEAD + "\n".join(table), **pages}


def _linked(names: str) -> str:
    return ", ".join(f"{{py:obj}}`{name} <jakstat.{name}>`" for name in names.split())


def _page(title: str, said: str, names: str) -> str:
    lines = [f"# {title}", "", said, ""]
    for name in names.split():
        found = getattr(jakstat, name)
        kind = "autofunction"
        if isinstance(found, type):
            kind = "autoexception" if issubclass(found, Exception) else "autoclass"
        members = "" if kind == "autofunction" else "\n   :members:"
        lines += [f"## {name}", "", "```{eval-rst}", f".. {kind}:: jakstat.{name}{members}", "```", ""]
    return "\n".join(lines)
