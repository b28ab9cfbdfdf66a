"""The dialects on disk."""
