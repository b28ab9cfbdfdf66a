"""How a dialect is written, checked and found in a line."""
