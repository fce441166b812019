"""What arrives: the pipeline schedule, fetch, parse, store (its code comes with the streams)."""
