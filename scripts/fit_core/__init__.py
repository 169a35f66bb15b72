"""Fit of the cell's core to published measurements of mouse hepatocytes and HepG2 cells.

A development tool: it reads the measurements where they lie (``../shared/data``, or
``JAKSTAT_SHARED``), uses libRoadRunner for speed, and writes parameters and figures of
merit only. Run from the repository root as ``PYTHONPATH=src python -m scripts.fit_core``.
"""
