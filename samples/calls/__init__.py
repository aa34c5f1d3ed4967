"""The sample calls: what people say in them, the sound made from it, and what must be found."""
