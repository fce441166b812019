"""How dates and times are written, by language: one package for each of LANGUAGES."""
