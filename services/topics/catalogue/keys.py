"""Makes the key of a topic, which rules and machines know it by, from the name that people read."""

import re
import unicodedata
from collections.abc import Container

LONGEST_KEY = 100

# ICAO Doc 9303, which passports follow; Ukrainian, Belarusian and Kazakh letters besides.
_LATIN = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z",
        "и": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
        "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh",
        "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "iu", "я": "ia", "і": "i",
        "ї": "i", "є": "e", "ґ": "g", "ў": "u", "ә": "a", "ғ": "g", "қ": "k", "ң": "n", "ө": "o",
        "ұ": "u", "ү": "u", "һ": "h", "’": "", "'": "",
    }
)  # fmt: skip


def make_key(name: str, taken: Container[str]) -> str:
    """A key like the name, in Latin letters, digits and hyphens, that is not taken yet.

    A name without any letter that can be written so gives `topic`.
    """
    latin = unicodedata.normalize("NFC", name.lower()).translate(_LATIN)
    plain = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode()
    base = _cut(re.sub(r"[^a-z0-9]+", "-", plain.lower()), LONGEST_KEY) or "topic"
    key, number = base, 1
    while key in taken:
        number += 1
        key = f"{_cut(base, LONGEST_KEY - len(str(number)) - 1)}-{number}"
    return key


def _cut(key: str, length: int) -> str:
    return key.strip("-")[:length].strip("-")
