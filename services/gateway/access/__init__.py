"""Who calls: tokens of machines, sessions of people, and the log-in."""
