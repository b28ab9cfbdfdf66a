"""Every entry through which others' bytes come in, fed with bytes that nobody meant to write."""
