#!/usr/bin/env bash
# pandas 3.1.1: read_sas reads the number 0 of a SAS transport file as 5.4e-79.
#
# In a transport file (.xpt, the form of CDISC data sets) a number is an IBM float, and 0 is eight bytes 0. A good
# guess: it is read as 0.0, as SAS, R's haven and pyreadstat read it.
# Seen: 5.397605346934028e-79, which is 16**-65. It prints as 0 in most tables, and its sums look right; but in a
# time-to-event data set (ADTTE) CNSR is 0 for an event, and "CNSR == 0" holds for nobody: no event is left. Numbers
# other than 0 come back to the last bit.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip --quiet --disable-pip-version-check install --only-binary=:all: pandas==3.1.1 pyreadstat==1.3.7 numpy==2.4.6
cd "$place"
"$place/venv/bin/python" - <<'PY'
import sys
import warnings
from importlib.metadata import version

import pandas as pd
import pyreadstat

given = pd.DataFrame({"AVAL": [0.5, 1.0, 3.25, 0.1], "CNSR": [0.0, 1.0, 0.0, 1.0]})
pyreadstat.write_xport(given, "adtte.xpt", table_name="ADTTE", file_format_version=5)
raw = open("adtte.xpt", "rb").read()
row = raw[raw.index(b"OBS     HEADER RECORD") - 20 + 80 :][:16]
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    read = pd.read_sas("adtte.xpt")
other, _ = pyreadstat.read_xport("adtte.xpt")
print("pandas", version("pandas"), "pyreadstat", version("pyreadstat"))
print("bytes of the first CNSR in the file:", row[8:].hex())
print("CNSR by pandas:", read["CNSR"].tolist(), "events (CNSR == 0):", int((read["CNSR"] == 0).sum()))
print("CNSR by pyreadstat:", other["CNSR"].tolist(), "events (CNSR == 0):", int((other["CNSR"] == 0).sum()))
seen = read["CNSR"].tolist() == [16.0**-65, 1.0, 16.0**-65, 1.0] and read["AVAL"].tolist() == [0.5, 1.0, 3.25, 0.1]
sys.exit(not (row[8:] == bytes(8) and seen and other["CNSR"].tolist() == [0.0, 1.0, 0.0, 1.0]))
PY
echo "as described: 0 is read as 5.4e-79"
