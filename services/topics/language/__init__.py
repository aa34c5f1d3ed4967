"""The rule language: phrases, rules, packs. Pure."""
