"""Rules on losses."""
