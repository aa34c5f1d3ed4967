"""Runs: one mechanism for every bulk pass over stored data, whatever a slice does with each part."""
