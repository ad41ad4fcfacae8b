"""What front ends and the exchange order of intake. Raises intake's own errors; ``api`` says them in HTTP."""
