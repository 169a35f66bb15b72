"""Which numbers an answer hangs on: local, Morris and Sobol influence."""
