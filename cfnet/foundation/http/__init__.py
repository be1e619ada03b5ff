"""Requests, answers, retries, proxies and certificates: the only importer of httpx."""
