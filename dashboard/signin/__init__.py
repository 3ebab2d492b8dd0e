"""Who comes in: sessions, the provider that knows the accounts, and the log of what they did."""
