"""The built-in engineer: rules and search where no language model is configured."""
