"""Pictures of the pages of the laboratory, by width and scheme: ``python -m scripts.lab_screenshots OUT``."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PAGES = ("cell", "map", "drug", "patient", "trial", "evidence", "data")
_IDLE = "() => document.querySelector('.page') && !document.querySelector('.page').classList.contains('busy')"
_PATIENCE = 300_000.0


def screenshots(out: Path, address: str) -> None:
    """Draw every page of the laboratory at an address that holds its token."""
    from playwright.sync_api import sync_playwright

    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        first = browser.new_context()
        page = first.new_page()
        page.set_default_timeout(_PATIENCE)
        page.goto(address)
        page.wait_for_selector("h1")
        known = first.storage_state()
        for scheme in ("light", "dark"):
            for width in (360, 1280, 3840):
                view = {"width": width, "height": 1000 if width < 3000 else 2160}
                context = browser.new_context(color_scheme=scheme, viewport=view, storage_state=known)
                page = context.new_page()
                page.set_default_timeout(_PATIENCE)
                for name in PAGES:
                    page.goto(f"{address.split('/open', maxsplit=1)[0]}/#/{name}")
                    page.wait_for_function(_IDLE)
                    page.wait_for_timeout(300)
                    page.screenshot(path=out / f"{name}-{scheme}-{width}.png", full_page=width < 3000)
                context.close()
        browser.close()


def main() -> None:
    """Start a laboratory of its own, and draw it."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "lab-pictures")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "jakstat", "lab", "--no-browser", "--port", "0", "--folder", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
            for line in server.stdout or ():
                found = re.search(r"http://127\.0\.0\.1:\d+/open\?token=\S+", line)
                if found:
                    screenshots(out, found[0])
                    break
            server.terminate()
    sys.stdout.write(f"pictures in {out}\n")


if __name__ == "__main__":
    main()
