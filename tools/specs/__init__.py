"""Every record that crosses a boundary: frozen, one writer each; imports nothing else of ours."""
