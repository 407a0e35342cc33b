"""Read, profile, split and window the recordings that a user brings."""
