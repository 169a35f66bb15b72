"""What a model does: doses, sensitivities, steady states, and its map."""
