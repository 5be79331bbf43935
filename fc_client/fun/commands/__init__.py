"""The commands of fun, one module each, imported when it is used."""
