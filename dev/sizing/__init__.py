"""How large an installation must be: measured per request, computed for the pilot and the nation (docs/sizing.md)."""
