"""Who has read what: read states, notes, the log, progress, search, the reader's pages."""
