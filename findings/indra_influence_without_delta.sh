#!/usr/bin/env bash
# INDRA 1.24.0: statements that its own JSON schema allows are dropped while reading, with a log line only.
#
# resources/statements_schema.json asks an Event for "type" and "concept"; "delta" is optional and may be null.
# So an Influence whose events have no "delta", or a null one, is valid. A good guess: it is read, as an
# influence of unknown polarity (which is what a delta with polarity null means, and that one is read).
# Seen: stmts_from_json gives no statement for either, and raises nothing; a file of influences that another
# tool wrote by the schema comes back shorter.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip --quiet --disable-pip-version-check install --no-deps \
    indra==1.24.0 future==1.0.0 networkx==3.2.1 jsonschema==4.21.1 attrs==23.2.0 \
    jsonschema-specifications==2023.12.1 referencing==0.33.0 rpds-py==0.18.0
cd "$place"
"$place/venv/bin/python" - <<'PY'
import json
import sys
from importlib.metadata import version
from pathlib import Path

import indra
import jsonschema
from indra.statements import stmts_from_json

schema = json.loads((Path(indra.__file__).parent / "resources" / "statements_schema.json").read_text())
KINDS = {"absent": {}, "null": {"delta": None}, "polarity null": {"delta": {"type": "qualitative", "polarity": None}}}
read = {}
for kind, more in KINDS.items():
    event = {"type": "Event", "id": "0", "concept": {"name": "IL6", "db_refs": {}}, **more}
    statement = {"type": "Influence", "id": "1", "subj": event, "obj": event}
    jsonschema.validate([statement], schema)  # raises if it were not valid
    read[kind] = len(stmts_from_json([statement]))
print("indra", version("indra"), "statements read of one valid statement, by its delta:", read)
sys.exit(read != {"absent": 0, "null": 0, "polarity null": 1})
PY
echo "as described: valid, and dropped"
