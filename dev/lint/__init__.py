"""The project's own rules, as checks of its source: ``python -m dev.lint``."""
