"""One function a node of the graph."""
