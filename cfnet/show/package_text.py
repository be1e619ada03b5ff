"""Reads text files that are shipped with the package: style sheets, scripts."""

import pkgutil


def package_text(package: str | None, file: str) -> str:
    """Read a file in the directory of `package`, which may be inside a zip file.

    Raises:
        FileNotFoundError: the package was installed without the file.
    """
    data = pkgutil.get_data(package or __name__, file)
    if data is None:
        raise FileNotFoundError(file)
    return data.decode("utf-8").replace("\r\n", "\n")
