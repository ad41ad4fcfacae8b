"""What time drives: the sender, one attempt at one notice, and the counting of what is still to be told."""
