#!/usr/bin/env bash
# pharmpy-core 2.1.1: additional doses of a data set vanish from a model that pharmpy made of it.
#
# NONMEM's ADDL 3 with II 24 means three more doses, one each 24 h. expand_additional_doses writes them out; of a model
# read from NONMEM's code it does. A good guess: of a model by create_basic_pk_model("oral", dataset_path=...) too.
# Seen: that model knows II and not ADDL (its type is "unknown"), and expanding returns the data as they were, one dose
# of four. Nothing is said; exposures worked out from those rows are a quarter.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip --quiet --disable-pip-version-check install \
    pharmpy-core==2.1.1 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1 sympy==1.11.1 networkx==3.6.1
cd "$place"
"$place/venv/bin/python" - <<'PY'
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

warnings.simplefilter("ignore")
from pharmpy.model import Model
from pharmpy.modeling import create_basic_pk_model, expand_additional_doses

head = "ID,TIME,AMT,ADDL,II,DV,MDV,EVID"
Path("d.csv").write_text(head + "\n1,0,100,3,24,0,1,1\n1,12,0,0,0,5,0,0\n1,100,0,0,0,1,0,0\n")
code = f"$PROBLEM d\n$DATA {Path('d.csv').resolve()} IGNORE=@\n$INPUT {head.replace(',', ' ')}\n"
code += "$SUBROUTINE ADVAN2 TRANS2\n$PK\nCL=THETA(1)\nV=THETA(2)\nKA=THETA(3)\n$ERROR\nY=F+EPS(1)\n"
code += "$THETA (0,1) (0,1) (0,1)\n$SIGMA 1\n$ESTIMATION METHOD=1\n"
models = {
    "read from code": Model.parse_model_from_string(code),
    "by create_basic_pk_model": create_basic_pk_model("oral", dataset_path=Path("d.csv")),
}
given = {name: float(expand_additional_doses(model).dataset["AMT"].sum()) for name, model in models.items()}
kinds = {c.name: c.type for c in models["by create_basic_pk_model"].datainfo if c.name in ("ADDL", "II")}
print("pharmpy-core", version("pharmpy-core"), "sum of doses after expanding:", given, "types of columns:", kinds)
wanted = {"read from code": 400.0, "by create_basic_pk_model": 100.0}
sys.exit(not (given == wanted and kinds == {"ADDL": "unknown", "II": "ii"}))
PY
echo "as described: three of four doses are gone"
