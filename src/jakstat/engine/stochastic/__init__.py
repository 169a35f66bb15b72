"""Exact stochastic paths."""
