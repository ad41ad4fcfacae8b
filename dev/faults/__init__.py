"""``make faults``: faults from a seed over the whole pipeline under load, and the promises checked after each."""
