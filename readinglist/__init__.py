"""Readinglist: a team's shared reading list with every member's own progress."""

VERSION = "0.1.0"
