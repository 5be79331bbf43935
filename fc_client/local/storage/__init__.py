"""Keeps the state: SQLite, and the code of functions by checksum."""
