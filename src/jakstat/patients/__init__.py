"""A patient with a tumour: what is known of him, his course under treatment, and what visits read of it."""
