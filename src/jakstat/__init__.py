"""jakstat: an executable, evidence-linked laboratory for IL-6/JAK/STAT3 signalling in cancer."""
