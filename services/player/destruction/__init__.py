"""Retention and destruction: what falls due, how it is destroyed for good, and the act of it."""
