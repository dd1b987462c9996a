"""Values that libraries export for settings to build upon, by qualified name."""

from __future__ import annotations

from collections.abc import Mapping

from corslint.values import Items, Known


def _texts(*texts: str) -> Known[object]:
    return Known(Items("tuple", tuple(map(Known, texts))))


CONSTANTS: Mapping[str, Known[object]] = {
    # https://github.com/adamchainz/django-cors-headers/blob/4.9.0/src/corsheaders/defaults.py
    "corsheaders.defaults.default_headers": _texts(
        "accept", "authorization", "content-type", "user-agent", "x-csrftoken", "x-requested-with"
    ),
    "corsheaders.defaults.default_methods": _texts("DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"),
}
