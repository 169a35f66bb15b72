#!/usr/bin/env bash
# scikit-survival 0.28.0: an event indicator of the texts "0" and "1" makes every patient an event.
#
# Surv.from_arrays takes "a boolean array or array with values 0/1", and refuses other values ("event indicator must
# be binary", "must contain 0 and 1 only"). A CSV read by csv.reader, or as text, has "0" and "1". A good guess: they
# are read as 0 and 1, or refused, as texts of an object array, "False" and "True", or a column of texts in
# Surv.from_dataframe are.
# Seen: "0" and "1" pass the check, since it compares with 0 and 1 made into texts, and are then turned into booleans,
# for which any text but the empty one is true. Nobody is censored, and nothing is said.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip --quiet --disable-pip-version-check install scikit-survival==0.28.0 numpy==2.4.6 scipy==1.17.1 pandas==2.3.3 scikit-learn==1.9.1
cd "$place"
"$place/venv/bin/python" - <<'PY'
import csv
import io
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from sksurv.util import Surv

rows = list(csv.reader(io.StringIO("5,0\n8,1\n9,1\n12,0\n")))
time, event = [float(r[0]) for r in rows], [r[1] for r in rows]
made = Surv.from_arrays(event, time)["event"].tolist()
right = Surv.from_arrays([int(e) for e in event], time)["event"].tolist()


def said(make):
    try:
        make()
    except ValueError as error:
        return str(error)
    return "read"


others = {
    "texts of an object array": said(lambda: Surv.from_arrays(np.array(event, dtype=object), time)),
    "a column of texts": said(lambda: Surv.from_dataframe("e", "t", pd.DataFrame({"e": event, "t": time}))),
    "False and True as texts": said(lambda: Surv.from_arrays(["False", "True", "True", "False"], time)),
}
print("scikit-survival", version("scikit-survival"), "event of", event, "->", made, "of the same as numbers ->", right)
print("other texts:", others)
refused = all("0 and 1 only" in text for text in others.values())
sys.exit(not (made == [True] * 4 and right == [False, True, True, False] and refused))
PY
echo "as described: everybody has the event"
