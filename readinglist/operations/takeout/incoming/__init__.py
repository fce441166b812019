"""What becomes of each table of a file that is brought in, one module for each kind."""
