"""Writing a dialect: examples, coverage, a first draft."""
