"""`make bench`: the engine beside its peers and beside an earlier version, in at most 46 minutes.

``JAKSTAT_BASELINE`` names a checkout of the earlier version; without it that column is left out.
``--rounds N`` asks for more rounds of everything, ``--long`` also for lanes up to a million and a screen of
drug pairs. Each part has its own process and its own time, after which it is stopped; other arguments reach
all parts. Figures are kept in ``benchmarks/results`` under the day they were measured on.
"""

import subprocess
import sys

MINUTES = {
    "engine": 16.0,
    "events": 3.0,
    "dosing": 2.5,
    "patient": 4.0,
    "trial": 6.0,
    "start_up": 5.0,
    "gradients": 3.5,
    "paths": 1.0,
    "own_matrices": 2.0,
    "own_curves": 1.0,
    "lab_slider": 2.0,
}
"""The most that each part may take; the engine's workloads share what is theirs among them."""

if __name__ == "__main__":
    given = [word for word in sys.argv[1:] if word != "--long"]
    parts: dict[str, float | None] = {**MINUTES}
    if "--long" in sys.argv:
        parts |= {"lanes": None, "screen": None}
    for part, minutes in parts.items():
        print(f"\n== {part}" + (f", at most {minutes:g} minutes" if minutes else ""), flush=True)
        command = [sys.executable, "-m", f"benchmarks.{part}", *given]
        try:
            subprocess.run(command, timeout=60.0 * minutes if minutes else None, check=False)
        except subprocess.TimeoutExpired:
            print(f"{part}: stopped; what it had measured by then is kept if it is written part by part")
