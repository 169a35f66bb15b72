#!/usr/bin/env bash
# pint 0.25.3: "1,5 h" is read as 15 hours, "0,25 nM" and "1 000 nM" as 0 nanomolar.
#
# So numbers are written in much of the world: a decimal comma, and a blank between thousands as the SI brochure has
# it. A good guess: 1.5 hours, 0.25 and 1000 nanomolar, or an error, since pint refuses what it cannot read.
# Seen: commas are taken out before anything is read ("15", "025", which is taken for 0 times 25), and blanks between
# numbers multiply (1 * 000 = 0). A dose typed into a form, or a cell of a table, becomes another without a word.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip --quiet --disable-pip-version-check install pint==0.25.3 flexcache==0.3 flexparser==0.4 platformdirs==4.3.8 typing-extensions==4.15.0
cd "$place"
"$place/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import pint

units = pint.UnitRegistry()
read = {text: units.Quantity(text) for text in ("1.5 h", "1,5 h", "0,25 nM", "1 000 nM", "2 500 ng/ml")}
print("pint", version("pint"))
for text, quantity in read.items():
    print(f"{text!r}: {quantity}")
wanted = {"1.5 h": 1.5, "1,5 h": 15, "0,25 nM": 0, "1 000 nM": 0, "2 500 ng/ml": 1000}
sys.exit({text: quantity.magnitude for text, quantity in read.items()} != wanted)
PY
echo "as described: commas vanish, blanks multiply"
