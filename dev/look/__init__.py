"""Looking from outside at what an installation did: topics, spans, metrics, and whether anything was lost or leaked."""
