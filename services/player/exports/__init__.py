"""Bulk downloads: one ZIP of the recordings and transcripts of many contacts, with a manifest."""
