"""What rules share: levels, trends, stretches, restarts, words."""
