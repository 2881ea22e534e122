"""What an operator must have right before, and while, callers rely on the bridge. Looks, and changes nothing.

- findings: what is told of one thing
- here: this machine, its secrets, and whom it tells of trouble
- kept: the store
- account: what the carrier tells of an account and its number; line: whether that is as it must be
"""
