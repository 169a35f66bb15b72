"""What the tools of a format do, told as JSON lines: ``python run_rows.py FORMAT [ID ...]``.

Runs in the Python of the pinned tools, without jakstat. Each ``row_ID`` of ``checks/FORMAT.py`` gives a
tool a valid input, asserts what it then does, and returns what was seen; an assertion that fails means
that the tool has changed.
"""

import importlib.util
import json
import logging
import sys
import traceback
from pathlib import Path

# ruff: noqa: T201 - the answer goes to stdout

PROGRAMS = ("Rscript",)  # no package of Python: rows that ask them are skipped where they are not


def main(form, *wanted):
    folder = Path(__file__).with_name("checks")
    sys.path.append(str(folder))  # a format may have the name of its library
    spec = importlib.util.spec_from_file_location(f"checks_of_{form}", folder / f"{form}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    checks = vars(module)
    for name in wanted or [n.removeprefix("row_") for n in checks if n.startswith("row_")]:
        found = {"id": name, "seen": None, "failed": "", "lacks": ""}
        try:
            found["seen"] = checks[f"row_{name}"]()
        except Exception as error:  # each row stands alone
            if isinstance(error, FileNotFoundError) and error.filename in PROGRAMS:
                found["lacks"] = error.filename
            else:
                found["failed"] = traceback.format_exc(limit=-3)
        print("\nROW " + json.dumps(found, default=str), flush=True)


if __name__ == "__main__":
    logging.disable(logging.ERROR)
    main(*sys.argv[1:])
