"""A foundation's response to the listing of policies, and the beginning of cfnet's output."""

import json

from tests.resources import apps_of_a_space

LISTING = "Listing network policies in org demo / space dev as admin...\n"
APPS = json.dumps(
    {
        "pagination": {"total_pages": 1},
        **apps_of_a_space({"a": "appA", "b": "evil\x1b[2J\n\u202ename"}, "dev", "demo", space_guid="s"),
    }
).encode()
