"""Bytes and snapshots: the threads behind the screen."""
