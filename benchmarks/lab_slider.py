"""`python -m benchmarks.lab_slider`: from a slider's move to the redrawn curve, in headless Chromium."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

# One move: dispatch the event, and wait for the frame after the words of the first chart have changed.
_MOVE = """async ([name, value]) => {
  const slider = [...document.querySelectorAll('.slider')].find(s => s.textContent.startsWith(name))
    .querySelector('input');
  const stage = document.querySelector('.chart .stage'), before = stage.getAttribute('aria-label');
  const start = performance.now();
  slider.value = String(value);
  slider.dispatchEvent(new Event('input', {bubbles: true}));
  while (stage.getAttribute('aria-label') === before) {
    if (performance.now() - start > 20000) return null;
    await new Promise(requestAnimationFrame);
  }
  return performance.now() - start;
}"""
_PAINT = "() => performance.getEntriesByType('paint').map(p => [p.name, p.startTime])"
_IDLE = "() => document.querySelector('.page') && !document.querySelector('.page').classList.contains('busy')"


def _measured(address: str, moves: int) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    found: dict[str, Any] = {}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(300_000.0)
        page.goto(address)
        page.wait_for_function(_IDLE)
        page.goto("about:blank")
        page.goto(f"{address.split('/open', maxsplit=1)[0]}/#/cell")
        page.wait_for_function(_IDLE)
        found["paint_ms"] = {name: round(at, 1) for name, at in page.evaluate(_PAINT)}
        for model in ("core", "whole cell"):
            if model != "core":
                page.get_by_label("Model").select_option("")
                page.wait_for_timeout(500)
                page.wait_for_function(_IDLE)
            for slider, span in (("IL6", (40, 160)), ("ruxolitinib", (60, 170))):
                draws = np.random.default_rng(1).permutation(np.arange(*span))[: moves + 5]
                times = [page.evaluate(_MOVE, [slider, int(value)]) for value in draws]
                kept = np.array([t for t in times[5:] if t is not None])
                found[f"{model}, {slider}"] = {
                    "moves": len(kept),
                    "unanswered": len(times[5:]) - len(kept),
                    "median_ms": round(float(np.median(kept)), 1),
                    "p95_ms": round(float(np.quantile(kept, 0.95)), 1),
                }
        browser.close()
    return found


def main() -> None:
    """Measure and write ``lab_slider.json``."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--moves", type=int, default=60)
    reader.add_argument("--out", type=Path, default=Path("build/bench"))
    asked, _ = reader.parse_known_args()
    found: dict[str, Any] = {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "processors": os.cpu_count(),
        "load_at_start": list(os.getloadavg()),
    }
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "jakstat", "lab", "--no-browser", "--port", "0", "--folder", folder]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
            for line in server.stdout or ():
                address = re.search(r"http://127\.0\.0\.1:\d+/open\?token=\S+", line)
                if address:
                    found |= _measured(address[0], asked.moves)
                    break
            server.terminate()
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "lab_slider.json").write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
