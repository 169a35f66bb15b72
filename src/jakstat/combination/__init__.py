"""Two drugs at once: dose matrices, null models of no interaction, and what carries an interaction."""
