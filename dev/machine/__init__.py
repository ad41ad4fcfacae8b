"""What a machine has and lacks: where things lie, which programs and versions, and how they are fetched."""
