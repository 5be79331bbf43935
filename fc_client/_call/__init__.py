"""What happens around each call: signing, retries, fan-out, downloads."""
