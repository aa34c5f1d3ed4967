"""The child process that decodes untrusted sound; and the parent's side of it."""
