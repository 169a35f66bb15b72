"""The plain solver: the oracle of the compiled one."""
