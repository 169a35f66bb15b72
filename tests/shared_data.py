"""Where the measured data lie that are not part of this repository.

Tests that need them skip when the folder is absent, and only then. Its place
is ``../shared`` beside the checkout, or what ``JAKSTAT_SHARED`` says.
"""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("JAKSTAT_SHARED", Path(__file__).resolve().parents[2] / "shared"))

needs_shared = pytest.mark.skipif(
    not (SHARED / "data").is_dir(), reason="measured data are not beside the checkout (../shared)"
)
