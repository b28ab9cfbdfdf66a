"""One line: what stands where in it."""
