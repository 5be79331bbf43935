"""Where the logs of functions come from: Log Service, or the embedded server itself."""
