"""The HTTP interface: routes, what they show, and the problems that they answer."""
