"""The matrix form of a derivation, read from the graph's array program."""
