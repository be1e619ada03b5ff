"""Texts that are files of the package: style sheets, scripts."""

import pkgutil


def package_text(package: str | None, file: str) -> str:
    """A file beside the modules of `package`, which may lie in a zip file.

    Raises:
        FileNotFoundError: the package was installed without it.
    """
    data = pkgutil.get_data(package or __name__, file)
    if data is None:
        raise FileNotFoundError(file)
    return data.decode("utf-8").replace("\r\n", "\n")
