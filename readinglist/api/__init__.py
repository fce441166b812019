"""REST, sync protocol, feeds and calendars going out (its code comes later)."""
