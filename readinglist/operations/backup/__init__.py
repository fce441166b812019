"""An instance's database in one checked file, and back."""
