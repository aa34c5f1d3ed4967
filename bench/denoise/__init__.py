"""What noise suppression does to telephone speech, beside what libraries do."""
