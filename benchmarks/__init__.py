"""How long things take; not part of the package."""
