"""Published observations as experiments, and what the model says about each."""

from jakstat.evidence.validate import Row, Validation, validate

__all__ = ["Row", "Validation", "validate"]
