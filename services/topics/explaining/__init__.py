"""Explanation: why a topic says what it says of a contact."""
