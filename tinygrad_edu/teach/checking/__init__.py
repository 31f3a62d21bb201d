"""The check of hand-made work: where it first goes wrong, and by which slip."""
