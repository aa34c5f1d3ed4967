"""Transcripts as they are stored and as people take them: read back, and written in every form."""
