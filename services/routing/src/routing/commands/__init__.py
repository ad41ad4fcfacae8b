"""What officers and the Desk order."""
