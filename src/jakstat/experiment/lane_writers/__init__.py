"""Files that a run over many lanes fills piece by piece, one module per format."""
