"""Virtual trials: designs, arms on virtual patients, endpoints and intervals, on one core or many."""
