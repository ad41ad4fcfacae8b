"""Installations in containers: by docker compose, or on a cluster."""
