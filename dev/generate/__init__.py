"""What is committed but written by a command."""
