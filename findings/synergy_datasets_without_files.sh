#!/usr/bin/env bash
# synergy 1.0.0: the example data that synergy.datasets loads are not in the wheel.
#
# Expected: load_hill_example(), load_2d_example(), ... return arrays ("Load example data for ...").
# Seen: FileNotFoundError for every one; the wheel has synergy/datasets/data/__init__.py and no CSV file beside it.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip --quiet --disable-pip-version-check install synergy==1.0.0 numpy==2.4.6 scipy==1.17.1
cd "$place"
"$place/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import files, version

from synergy import datasets

names = [name for name in dir(datasets) if name.startswith("load_")]
missing = []
for name in names:
    try:
        getattr(datasets, name)()
    except FileNotFoundError:
        missing.append(name)
tables = [str(f) for f in files("synergy") if str(f).endswith(".csv")]
print("synergy", version("synergy"), "CSV files in the wheel:", tables)
print("without their file:", missing, "of", names)
sys.exit(not (names and missing == names and not tables))
PY
echo "as described: no example has its file"
