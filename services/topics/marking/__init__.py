"""Marks: tagging calls by rules in force, and what is stored of it."""
