"""Tells people by SMS what happened to their request, against nobody's wish."""
