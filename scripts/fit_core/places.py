"""Where things lie: the measurements beside the checkout, the tables and result files in it."""

from __future__ import annotations

import csv
import os
from pathlib import Path

__all__ = ["FITS", "HERE", "ROOT", "TABLES", "read_csv", "shared_data"]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FITS = ROOT / "docs" / "fits"
TABLES = ROOT / "src" / "jakstat" / "biology"


def shared_data() -> Path:
    """The folder of measured data: ``../shared/data`` or what ``JAKSTAT_SHARED`` says."""
    return Path(os.environ.get("JAKSTAT_SHARED", ROOT.parent / "shared")) / "data"


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file by column name."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
