"""Many lanes at once with the compiled solver."""
