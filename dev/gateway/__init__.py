"""A simulated SMS gateway: a process of its own, over real HTTP, which writes down what it took and can misbehave."""
