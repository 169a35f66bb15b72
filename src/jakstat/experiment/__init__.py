"""A protocol, a run, a labelled result; the readings that every question shares."""
