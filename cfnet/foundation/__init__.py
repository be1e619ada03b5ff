"""A Cloud Foundry at the other end of a wire, or its answers in a directory.

Belongs here: HTTP (`http`), sessions and tokens (`session`), the APIs of the Cloud Controller and the policy server
(`api`), snapshots (`snapshot`), and the narrowing of JSON to values: nothing above sees an answer as JSON, or an
exception of httpx.

Belongs elsewhere: what the answers are used for (`operations`), what policies and rules mean (`policy`, `cell`), and
the servers' side of the same APIs (`sandbox`, which shares no code with this package).
"""
