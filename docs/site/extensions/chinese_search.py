"""Search in Chinese text without a dictionary: by pairs of characters.

Words are not set apart in Chinese. A text is indexed by every two characters that follow each
other, and what a reader types is cut in the same way: a page is found if it has all the pairs.
Other words are as in English.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.search.en import SearchEnglish

CHINESE = "\u4e00-\u9fff"
WORD = re.compile(rf"[{CHINESE}]+|[^\W{CHINESE}]+")


def split(text: str) -> list[str]:
    """The words of a text; of Chinese, every pair of characters, or a single one."""
    found = []
    for word in WORD.findall(text):
        pairs = [word[i : i + 2] for i in range(len(word) - 1)]
        found += pairs or [word] if re.match(f"[{CHINESE}]", word) else [word]
    return found


class SearchChinese(SearchEnglish):
    """Chinese by pairs of characters, and English words between them."""

    lang = "zh"
    language_name = "English"  # by this the page finds what takes the endings off
    # (`var`, for the page's own script declares the name again.)
    js_splitter_code = r"""
var splitQuery = (query) =>
  (query.match(/[\u4e00-\u9fff]+|(?:(?![\u4e00-\u9fff])[\p{L}\p{N}_])+/gu) ?? []).flatMap((word) =>
    /^[\u4e00-\u9fff]{2}/.test(word)
      ? Array.from({ length: word.length - 1 }, (_, i) => word.slice(i, i + 2))
      : [word],
  );
"""

    def split(self, input: str) -> list[str]:
        """The words of a text, as the page cuts what is asked for."""
        return split(input)


def setup(app: Any) -> dict[str, bool]:
    """Take the place of Sphinx's own, which needs a dictionary."""
    app.add_search_language(SearchChinese)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
