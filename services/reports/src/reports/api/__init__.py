"""The HTTP interface: the numbers, as JSON or as CSV."""
