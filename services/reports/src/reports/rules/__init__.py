"""What reports decides: which facts an event tells, and how facts are counted. No I/O, no clock."""
