"""Bulk re-analysis: stored calls judged again by chosen topics, written or only compared."""
