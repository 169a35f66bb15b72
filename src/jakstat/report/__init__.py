"""Figures of results; every one says its source and that it is for research."""
