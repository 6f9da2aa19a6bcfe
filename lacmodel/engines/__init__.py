"""Engines: ways of running the one pathway."""
