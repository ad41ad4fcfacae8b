"""Counts calls, requests, cases and notices from the event log."""
