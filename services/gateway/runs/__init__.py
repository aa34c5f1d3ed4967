"""Bulk runs of every kind over HTTP: start, watch, pause, resume, cancel, undo."""
