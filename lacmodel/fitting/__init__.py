"""Fitting: parameters from evidence."""
