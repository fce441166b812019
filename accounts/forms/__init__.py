"""Forms of people, by subject."""
