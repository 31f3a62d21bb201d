"""What runs the batches of `fit`: by replay, or as arrays."""
