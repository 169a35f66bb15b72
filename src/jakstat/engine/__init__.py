"""SBML in, numbers out: reading, checking and integrating reaction networks."""
