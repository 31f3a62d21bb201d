"""Values and graphs as formulas: names, expressions, their simplification and their printing."""
