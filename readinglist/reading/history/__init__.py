"""What one reader has done, read for their own page alone: lines of the log, weeks, lists over time, sources."""
