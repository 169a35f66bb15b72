"""Published observations as experiments, and what the model says about each."""

from jakstat.evidence.validate import ValidatedRow, Validation, validate

__all__ = ["ValidatedRow", "Validation", "validate"]
