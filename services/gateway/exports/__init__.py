"""Bulk downloads over HTTP: order, watch, fetch, remove."""
