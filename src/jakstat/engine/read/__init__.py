"""SBML text, checked and read into a network."""
