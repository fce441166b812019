"""Demo data: a made-up team, with works, posts and half a year of reading, written by COPY."""
