"""What to read now: cadence rules, duties and ways to contribute."""
