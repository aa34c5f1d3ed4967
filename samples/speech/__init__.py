"""Synthetic telephone speech and the demo recogniser trained on it."""
