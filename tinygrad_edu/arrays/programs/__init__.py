"""Array instructions as a program: its reverse sweep, its names, its text, and what runs it."""
