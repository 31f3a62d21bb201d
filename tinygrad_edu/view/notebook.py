"""Whether the notebook that shows a plot is dark, which a picture made of dots has to know."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from .theme import Theme

_SETTINGS: Final = Path("@jupyterlab", "apputils-extension", "themes.jupyterlab-settings")


def is_dark() -> bool:
    """Whether Jupyter runs this program, and its user has chosen a dark theme in the settings.

    A theme that follows the system's is not known here, and counts as light.
    """
    if "JPY_SESSION_NAME" not in os.environ:  # Jupyter's server sets it for its kernels
        return False
    try:
        settings = (_folder() / _SETTINGS).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    chosen = re.search(r'^[\s{]*"theme"\s*:\s*"([^"]*)"', settings, re.MULTILINE)
    follows_system = re.search(r'^[\s{]*"adaptive-theme"\s*:\s*true', settings, re.MULTILINE)
    return chosen is not None and "dark" in chosen[1].lower() and follows_system is None


def still(theme: Theme) -> Theme:
    """The theme of a picture made of dots, which cannot follow the reader's screen."""
    return theme.on_dark if theme.on_dark is not None and is_dark() else theme


def _folder() -> Path:
    if "JUPYTERLAB_SETTINGS_DIR" in os.environ:
        return Path(os.environ["JUPYTERLAB_SETTINGS_DIR"])
    configuration = os.environ.get("JUPYTER_CONFIG_DIR") or Path.home() / ".jupyter"
    return Path(configuration, "lab", "user-settings")
