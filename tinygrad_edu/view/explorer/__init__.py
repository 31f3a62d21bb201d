"""The explorer: one HTML page that steps through a graph, and what Python puts into it."""
