"""Decides who is eligible and which legal aid centre owns the case."""
