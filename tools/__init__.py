"""Deterministic engineering: no language model, no LangGraph, no printing."""
