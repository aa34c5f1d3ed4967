"""Judges rules on speech: from packed words to verdicts, findings and explanations. Pure."""
