"""Numbers that are logged of runs: one value for each step of a name."""
