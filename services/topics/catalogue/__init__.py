"""The account's topics: groups, drafts, versions, packs."""
