"""For teaching: the formula of a graph, its derivation, worksheets, checks of hand-made work."""
