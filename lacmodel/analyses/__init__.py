"""Analyses: one file a question. They return values; commands and reports write files."""
