"""Everything about one person as a file, and such a file brought in again.

`writing` writes what `tables` lists. `reading` reads a document that may be anything, and `checks` says what its
records must be; `matching` finds the works, sources and posts they are about, `incoming` knows for each table what
becomes of it, `merging` has the rule for progress, and `bringing` calls them all.
"""
