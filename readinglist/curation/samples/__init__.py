"""What the style guide shows: made-up works, posts and shelves. Nothing of it stands in the database.

Its keys and slugs are those of nothing, so that a pressed button finds nothing to change.
"""

NOBODYS = 9 * 10**15  # above every key
