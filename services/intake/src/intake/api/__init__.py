"""The HTTP API of intake."""
