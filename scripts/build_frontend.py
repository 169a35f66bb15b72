"""Build the front end of the laboratory: ``python -m scripts.build_frontend``.

Needs Node and npm; the result lies in ``src/jakstat/lab/static`` and is committed: nobody else needs them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from scripts.frontend_key import frontend_key

ROOT = Path(__file__).resolve().parents[1]
SOURCES, STATIC = ROOT / "frontend", ROOT / "src" / "jakstat" / "lab" / "static"


def build() -> None:
    """Install the locked packages, build, and put the files where the server looks for them.

    With ``npm install``: ``npm ci`` refuses a lock that lacks optional packages of other systems.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is missing: install Node 20 or newer")
    for step in (["install", "--no-save", "--no-fund", "--no-audit"], ["run", "build"]):
        subprocess.run([npm, *step], cwd=SOURCES, check=True)
    shutil.rmtree(STATIC, ignore_errors=True)
    shutil.copytree(SOURCES / "dist", STATIC)
    said = json.dumps({"sources": frontend_key(SOURCES)}, indent=1)
    (STATIC / "build.json").write_text(said + "\n", encoding="utf-8")


if __name__ == "__main__":
    build()
