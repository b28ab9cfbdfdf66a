"""What a probe in a running process sends."""
