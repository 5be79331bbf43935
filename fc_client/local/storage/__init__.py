"""Stores the state: resources, queue and logs in SQLite, and the code of functions by checksum."""
