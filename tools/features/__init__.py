"""Feature front-ends: the C that ships, bound for the host."""
