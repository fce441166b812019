"""How an instance is run: health, services."""
