"""The reader's pages, a module a subject."""
