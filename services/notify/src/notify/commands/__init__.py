"""What people order, the Desk and the centres, and what the app says, through the API."""
