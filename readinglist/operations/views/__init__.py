"""What people do with all that is kept about them, by subject."""
