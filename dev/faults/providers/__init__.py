"""Days of trouble at SMS providers, simulated: our rules beside those of a service that has ten million users."""
