"""Tools for developing the product; nothing here is installed with it."""
