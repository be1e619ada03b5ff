"""Clients of a Cloud Foundry, and snapshots of its state.

Belongs here: HTTP (`http`), sessions and tokens (`session`), the APIs of the Cloud Controller and the policy server
(`api`), snapshots (`snapshot`), and the conversion of JSON to values: no layer above sees JSON responses or httpx
exceptions.

Belongs elsewhere: what the answers are used for (`operations`), what policies and rules mean (`policy`, `cell`), and
the servers' side of the same APIs (`sandbox`, which shares no code with this package).
"""
