"""Who reads: people, how they sign in, what they prefer."""
