"""Pages of the week, by subject."""
