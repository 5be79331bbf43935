"""Dispatches events to functions: Sync and Async invocations, timers and bucket events."""
