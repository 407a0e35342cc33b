"""Reads a goal's text: each module finds one kind of wish and says how it read it. No data set is known by name."""
