"""Levers: what a scenario can change, and how each change acts on a plan."""
