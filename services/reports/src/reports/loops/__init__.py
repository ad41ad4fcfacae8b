"""What time drives: the census of what the rebuild checks found."""
