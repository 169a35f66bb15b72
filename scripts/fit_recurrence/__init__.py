"""Fit occult foci to the recurrence of resected patients."""
