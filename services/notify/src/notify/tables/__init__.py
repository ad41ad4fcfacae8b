"""What notify knows as dated rows with their sources."""
