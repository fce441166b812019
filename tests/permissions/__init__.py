"""Who gets what at every address: the table, the instance it is tried on, and the walk over it."""
