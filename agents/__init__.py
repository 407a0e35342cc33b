"""Four agents, each a typed function from a brief to an answer; two minds can give the answers."""
