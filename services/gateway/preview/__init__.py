"""The preview over HTTP: an unsaved rule of the topics on calls that the journal's filter chooses."""
