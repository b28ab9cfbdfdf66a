"""Open a training log and say whether the run is all right."""

__version__ = "0.1.0"
