"""``python -m scripts.docs_site [FOLDER]``: gather the pages, build the site; a broken link is an error."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from scripts.docs_site.gather import ROOT, gather


def main(build: Path) -> int:
    """Build into the folder's ``site``; the exit status of Sphinx."""
    from sphinx.cmd.build import main as sphinx_build

    source, site = build / "site-source", build / "site"
    gather(source)
    shutil.rmtree(site, ignore_errors=True)
    options = ["-W", "--keep-going", "-q", "-E", "-d", str(build / "site-trees")]
    status = int(sphinx_build([*options, str(source), str(site)]))
    if status == 0:
        print(site / "index.html")
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "build"))
