"""Rules on evaluations."""
