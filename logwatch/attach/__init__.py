"""Probes inside a training that was not prepared for them."""
