"""How the canon stays true: load and export of the catalogue, the curators' pages."""
