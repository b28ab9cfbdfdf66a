"""Rules on the job: how it began, how fast it runs, how it ended."""
