"""The state machine, its runs and what the user sees of them."""
