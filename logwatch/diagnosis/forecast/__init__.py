"""Curves drawn on beyond the log."""
