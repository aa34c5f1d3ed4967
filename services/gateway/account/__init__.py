"""The account itself: its settings, sources, groups, employees, roles and people."""
