"""What the service can do, in small functions that routes, pages and workers share; no HTTP."""
