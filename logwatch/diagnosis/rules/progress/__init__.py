"""Rules on where the run is going."""
