"""The installation in containers on one machine: its secrets, its commands, and the proof that it loses nothing."""
