"""Flags that `api`, `auth` and `login` share."""

from typing import Final

from cfnet.cli.parsing.go_flags import Flag

NO_KEYRING: Final = Flag(
    "--no-keyring", "Store tokens in a file that only you can read, not in the keyring", takes_value=False
)
SKIP_SSL_VALIDATION: Final = Flag(
    "--skip-ssl-validation", "Skip verification of the API endpoint. Not recommended!", takes_value=False
)
