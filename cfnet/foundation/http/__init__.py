"""HTTP requests, responses, retries, proxies and certificates; the only package that imports httpx."""
