"""Rules on learning rates, gradients and updates."""
