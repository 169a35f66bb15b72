"""Calibration of the tumour scale: doubling times, CRP, and both arms of SHARP.

Every published number that it may look at is a row of ``targets.csv``; all else is predicted. It runs the
full model of the patient on a seeded cohort and writes parameters, with grade fitted, into the tables.
"""
