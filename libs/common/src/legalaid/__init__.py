"""What the services of the legal-aid pipeline share, and nothing else."""
