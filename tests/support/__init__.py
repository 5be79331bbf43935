"""What tests share: servers, processes, clients, credentials and tables."""
