"""Decides when functions run: Sync and Async invocations, timers and bucket events."""
