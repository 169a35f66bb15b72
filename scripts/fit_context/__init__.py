"""Fit the numbers of one kind of cell to measurements of it; the constants that cells share stay."""
