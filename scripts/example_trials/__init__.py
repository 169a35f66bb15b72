"""Runs the trials in `examples/trials` and writes docs/trials.md from what came out."""
