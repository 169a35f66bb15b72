"""The laboratory in a browser: a server for one user on his own machine, and the pages that it serves."""
