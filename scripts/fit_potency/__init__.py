"""Each potency shift and effective constant of a drug, fitted to one experiment on cells."""
