"""Render, build, emulate and measure firmware projects."""
