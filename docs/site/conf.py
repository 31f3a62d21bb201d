"""How Sphinx makes the site; `docs/build.py` calls it."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "extensions"), str(HERE.parent.parent)]

import tinygrad_edu  # noqa: E402

project = "tinygrad_edu"
author = "The tinygrad_edu developers"
copyright = f"2026, {author}"
version = release = tinygrad_edu.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "chinese_search",
    "docstrings",
    "mathml",
    "printed_in_chinese",
]
default_role = "py:obj"

nb_execution_mode = "off"  # the notebooks are kept with their outputs, which the tests compare
nb_mime_priority_overrides = [("html", "text/markdown", 5)]  # formulas, before their text
nb_render_markdown_format = "myst"  # of outputs too: a derivation is Markdown with formulas
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["mystnb.mime_priority", "ref.python"]  # `data` is a module and a property

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True}
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 80
toc_object_entries_show_parents = "hide"

locale_dirs = ["../locale"]
gettext_compact = False  # a catalogue for each page
gettext_location = False

templates_path = ["templates"]
html_theme = "furo"
html_theme_options = {"top_of_page_buttons": ["view"]}  # which is ours: the other language
html_title = "tinygrad_edu"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_sourcelink_suffix = ""  # of a notebook the source is what a reader takes home
html_show_sphinx = False
