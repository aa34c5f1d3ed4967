"""Preview: an unsaved rule judged on the newest calls, while somebody is writing it."""
