"""What intake decides: pure functions of what was told and when. No clock, no store, no randomness."""
