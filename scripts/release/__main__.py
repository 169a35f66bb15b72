"""``python -m scripts.release prepare 0.2.0``, then ``python -m scripts.release make [--tag]``.

``prepare`` moves what is unreleased in the log under the version, and sets it in the code and the citation
file. ``make`` checks that the tree is clean and tells one version, builds wheel and sdist into ``dist/``,
checks them, and runs the demo of the wheel alone. The tag is made only if asked, and nothing is sent.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
from datetime import date
from pathlib import Path

from scripts.release.changelog import prepare, version_faults, version_of
from scripts.release.distributions import build, distribution_faults
from scripts.release.empty_machine import LIGHT_MB, installed, run_alone

ROOT = Path(__file__).resolve().parents[2]


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"git {words[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


def _refuse(faults: list[str]) -> None:
    if faults:
        raise SystemExit("\n".join(f"release: {fault}" for fault in faults))


def make(*, tag: bool) -> None:
    """Everything of a release but sending it; the first step that fails ends it."""
    version = version_of(ROOT)
    unclean = _git("status", "--porcelain").splitlines()
    _refuse([f"not committed: {line.strip()}" for line in unclean] + version_faults(ROOT))
    name = f"v{version}"
    if tag and _git("tag", "--list", name):
        raise SystemExit(f"release: there is a tag {name} already")
    print(f"jakstat {version}: one version, and nothing that is not committed")
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    wheel, sdist = build(ROOT, ROOT / "dist")
    _refuse(distribution_faults((wheel, sdist), ROOT))
    print(f"dist/{wheel.name}, dist/{sdist.name}: complete, and the one builds as the other")
    with installed(wheel, ROOT / "requirements" / "run.txt") as (python, weight):
        if weight > LIGHT_MB:
            raise SystemExit(f"release: {weight:.0f} MB with no extra, more than {LIGHT_MB}")
        done = run_alone(python, "demo")
        if done.returncode:
            raise SystemExit(f"release: the demo of the wheel ended with {done.returncode}\n{done.stderr}")
    print(f"the demo runs from the wheel alone, in {weight:.0f} MB")
    if tag:
        _git("tag", "-a", name, "-m", f"jakstat {version}")
        print(f"tag {name} made here; git push origin {name} would send it")
    else:
        print(f"no tag: make release TAG=yes makes {name}")


def main() -> None:
    """Read the words of the command."""
    parser = argparse.ArgumentParser(prog="python -m scripts.release", description=__doc__)
    words = parser.add_subparsers(dest="word", required=True)
    made = words.add_parser("make", help="check, build and try a release")
    made.add_argument("--tag", action="store_true", help="make the annotated tag at the end")
    new = words.add_parser("prepare", help="give what is unreleased a version")
    new.add_argument("version")
    new.add_argument("--date", type=date.fromisoformat, default=date.today(), help="of the release; today")
    given = parser.parse_args()
    if given.word == "prepare":
        prepare(ROOT, given.version, given.date)
        print(f"{given.version} of {given.date}: read CHANGELOG.md, commit, then make release")
    else:
        make(tag=given.tag)


if __name__ == "__main__":
    main()
