"""What time drives: the publication of the directory, and the census."""
