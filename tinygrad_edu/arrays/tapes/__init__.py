"""Graphs of scalars as tables of numbers: recorded, watched while they are, and played again."""
