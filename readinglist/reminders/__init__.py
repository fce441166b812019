"""The weekly e-mail (its code comes with the streams)."""
