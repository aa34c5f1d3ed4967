"""What it costs to judge stored calls by rules."""
