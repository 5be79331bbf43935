"""The commands that work on every kind of resource, and those about fcli itself."""
