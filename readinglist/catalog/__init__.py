"""What there is to read: categories, sources, posts, entries, reading lists."""
