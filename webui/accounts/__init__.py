"""Accounts: who may come in, and by which password or key."""
