"""What lines say of one another: counters, phases, ranks, order."""
