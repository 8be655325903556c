"""Names without case, accents and punctuation, so that spellings of one name meet.

Knows letters, not names: what is folded alike is a candidate, never yet a match. The database holds what this
module made, so a change here asks for a migration that folds again.
"""

import unicodedata
from functools import lru_cache

# Letters that Unicode does not decompose into a base letter and a mark, as they are commonly written without it.
_PLAIN = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "ħ": "h",
        "ŋ": "ng",
        "ŧ": "t",
        "ĸ": "k",
        "ə": "e",
        "ƒ": "f",
        "ɖ": "d",
        "ʻ": " ",
        "ʼ": " ",
        "ʹ": " ",
    }
)
# Marks of a lower class are parts of a letter (kana voicing, Indic signs), not accents on one.
_FIRST_ACCENT_CLASS = 10


@lru_cache(10_000)
def fold(name: str) -> str:
    """Return the name in lower case, without accents, with single spaces for whatever is no letter or digit.

    Ideographs and syllables stay. A name of symbols alone folds to nothing.
    """
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    kept = "".join(map(_kept, decomposed.translate(_PLAIN)))
    return " ".join(unicodedata.normalize("NFC", kept).split())


@lru_cache(10_000)
def _kept(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] == "M":
        return "" if unicodedata.combining(character) >= _FIRST_ACCENT_CLASS else character
    if category[0] in "LN":
        return character
    return "" if category == "Cf" else " "


def slug(name: str) -> str:
    """Return the name as a short text for addresses: smart-healthcare for Smart healthcare."""
    return fold(name).replace(" ", "-")


def sorted_words(folded: str) -> str:
    """Return the folded name with its words in alphabetical order, so that "Chi-Mai Chen" meets "Chen Chi-mai"."""
    return " ".join(sorted(folded.split()))
