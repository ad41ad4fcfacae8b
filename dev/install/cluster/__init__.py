"""An installation on the cluster of the current kubectl context: its secrets, and the proof that it loses nothing."""
