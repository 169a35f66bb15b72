#!/usr/bin/env bash
# lifelines 0.30.3: a status of 1 and 2, as R codes it, makes every patient a death.
#
# The data set "lung" of R's package survival, like many tables made for R, has status 1 for censored and 2 for dead,
# and R's Surv() reads it so. A good guess for Python: it is read so too, or refused, as scikit-survival refuses it
# ("must contain 0 and 1 only").
# Seen: any number but 0 counts as an event. By hand for 4 patients, two of whom died (at 2 and 3): the share alive
# at 4 is 1 * 2/3 * 1/2 = 1/3; lifelines gives 0, and Cox's regression takes all 4 as deaths too. Nothing is said.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip --quiet --disable-pip-version-check install lifelines==0.30.3 numpy==2.4.6 scipy==1.17.1 pandas==2.3.3 autograd==1.9.1 formulaic==1.2.2 matplotlib==3.11.2 scikit-survival==0.28.0
cd "$place"
"$place/venv/bin/python" - <<'PY'
import sys
import warnings
from importlib.metadata import version

import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from sksurv.util import Surv

time, status = [1.0, 2.0, 3.0, 4.0], [1, 2, 2, 1]
died = [s == 2 for s in status]
shares = {}
for name, event in (("status of 1 and 2", status), ("died", died)):
    fitted = KaplanMeierFitter().fit(time, event)
    shares[name] = round(float(fitted.survival_function_.iloc[-1, 0]), 9), int(fitted.event_table["observed"].sum())
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    table = pd.DataFrame({"time": time, "status": status, "x": [0.0, 1.0, 0.0, 1.0]})
    counted = int(CoxPHFitter().fit(table, "time", "status").event_observed.sum())
try:
    Surv.from_arrays(status, time)
    said = "read"
except ValueError as error:
    said = str(error)
print("lifelines", version("lifelines"), "share alive at the end, deaths counted:", shares)
print("deaths counted by Cox's regression:", counted)
print("scikit-survival", version("scikit-survival"), "says:", said)
wanted = {"status of 1 and 2": (0.0, 4), "died": (round(1 / 3, 9), 2)}
sys.exit(not (shares == wanted and counted == 4 and "0 and 1 only" in said))
PY
echo "as described: all of them are deaths"
