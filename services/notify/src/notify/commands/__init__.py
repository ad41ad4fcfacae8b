"""What people order: the Desk and the centres, through the API."""
