"""The commands of `nanosmith`."""
