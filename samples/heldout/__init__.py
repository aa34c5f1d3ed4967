"""Calls the demo model has never met, for measuring it."""
