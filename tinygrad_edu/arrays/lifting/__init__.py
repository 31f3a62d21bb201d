"""From the rows of a graph to array instructions: which rows are one array, and how it lies."""
