"""A broker, a store and the four services, started, disturbed and stopped again."""
