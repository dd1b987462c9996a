"""Random regular expressions of everything that some dialect knows, so that each engine refuses many of them."""

from __future__ import annotations

import random

LITERALS = ("a", "b", "c", "a", "b", "-", ".", "x", "ba", "com", "1", "0")
USUAL = (
    r"\.", r"\.", ".", "[ab]", "[^b]", "[a-z]", "[a-z0-9-]", r"[\w.]", r"\w", r"[^.]", "[^/]", r"\d", r"\D", r"\S",
    r"\W", "[.]", "[a-c]", "[a-z0-9.-]", r"[^\s]", r"[a\-c]", r"\-", r"\/", r"\:", r"\s",
)  # fmt: skip
PLACES = ("^", "$", r"\b", r"\B", r"\A", r"\Z", r"\z")
ESCAPES = (
    r"\G", r"\b{start}", r"\b{end}", r"\b{start-half}", r"\b{g}", r"\<", r"\>", r"\h", r"\H", r"\v", r"\V", r"\R",
    r"\N", r"\X", r"\K", r"\Qa.b\E", r"\Qab\E", r"\E", r"\cA", r"\c", r"\x61", r"\x{61}", r"\x6", r"\x", r"\x{}",
    r"\u0061", r"\u{61}", r"\u00", r"\U00000061", r"\141", r"\o{141}", r"\0141", r"\061", r"\07", r"\0", r"\8", r"\10",
    r"\18", r"\e", r"\a", r"\f", r"\n", r"\t", r"\1", r"\2", r"(a)\1", r"(?<n>a)\k<n>", r"(?P<n>a)(?P=n)", r"\k<n>",
    r"\k", r"\g{1}", r"\g1", r"\g{-1}", r"\g<1>", r"\p{L}", r"\p{Ll}", r"\pL", r"\P{L}", r"\p{IsAlphabetic}",
    r"\p{javaLowerCase}", r"\p{Latin}", r"\p{Greek}", r"\p{^L}", r"\p{Nd}", r"\p{P}", r"\p{Nonsense}", r"\p", r"\@",
    r"\#", r"\"", r"\~", r"\!", r"\=", r"\&", r"\_", r"\ ", r"\y", r"\i", r"\q", r"\o", r"\I", r"\U", r"\u", r"\é",
    "é", "é?", "[é]", "[^é]", "\u017f", "\u212a", "\u0131", r"\u017f", "\U0001f600", "[a\U0001f600]?", r"\]", r"\}",
    r"\{", "]", "}", "{", r"\^", r"\$", r"\(", r"\|", r"\*", r"\+", r"\?", r"\[", r"\\",
)  # fmt: skip
CLASSES = (
    "[a-]", "[-a]", r"[\w-]", r"[\w-a]", r"[a-\d]", "[]a]", "[^]a]", "[]", "[^]", "[a[b]]", "[[ab]]", "[a&&b]",
    "[a-z&&[^b]]", "[a-z&&b-x]", "[^a&&b]", "[a&b]", "[a-z--b]", "[a-z--[bc]]", "[a-z~~[b]]", "[[:alpha:]]",
    "[[:^alpha:]]", "[^[:alnum:]]", "[:alpha:]", "[[:word:]-]", "[[:alpha:]-z]", "[[.a.]]", "[[:nope:]]", r"[\b]",
    r"[\Q.\E]", r"[\d.]", r"[\x61]", r"[\x{61}-c]", r"[\u0061]", r"[\p{L}]", r"[^\p{L}.]", "[a b]", "[a#b]", "[+--]",
    "[a||b]", r"[\h]", r"[\R]", r"[\B]", r"[\A]", r"[\e]", r"[\cA]", r"[\c]", r"[\0]", r"[\1]", r"[\8]", r"[\141]",
    r"[\D\d]", r"[^\D]", r"[^\s\S]", "[z-a]", "[a-a]", r"[\]]", "[[]", r"[\[]", "[^^]", "[a^]", r"[a-\-]", "[.-a]",
    "[,-.]", "[--/]", "[a-c-e]", "[a-c-]", r"[\w-\d]", "[a-z-[b]]", "[a-z[0-9]]", "[^a[b]]", "[[^a]b]",
    "[a-f&&[c-x]b]", "[[a-c]&&[bc]]", r"[\pL]", r"[\/]", r"[\é]", "[\u017f]", "[\u017f-\u0180]", "[a-z&&]", "[[]a]",
    "[]-a]", "[[:lower:]]", "[[:upper:]]", r"[\v]", r"[\a]", r"[\07]",
)  # fmt: skip
GROUPS = ("({})", "({})", "(?:{})", "(?:{})")
UNUSUAL_GROUPS = (
    "(?P<n>{})", "(?<n>{})", "(?'n'{})", "(?i:{})", "(?-i:{})", "(?i){}", "(?x){}", "(?s){}", "(?m){}", "(?U){}",
    "(?u){}", "(?a){}", "(?im-s:{})", "(?^:{})", "(?>{})", "(?|{})", "(?={})", "(?!{})", "(?<={})", "(?<!{})",
    "(?<=a)", "(?<!a)", "(?#x){}", "(?#{}", "(?(1){}|b)", "(a)?(?(1){}|b)", "(?P>n){}", "(?R){}", "(?1){}",
    "(*UTF){}", "(*F)|{}", "(?i-x){}", "(?d){}", "(?i-i){}", "(?-){}", "(?){}", "(?:){}", "(){}", "(|{})", "({}|)",
    "(?P<n>{})(?P<n>b)", "(?P<1n>{})", "(?<n-m>{})", "(?iu){}", "(?R:{})", "({}", "{})", "(?<{})", "(?P{})",
    "(?x:{} b # c\n)", "(?x) {} \\  # c", "(?x)[a b]{}", "(?x){} +", "^*", "$+", r"\b*", "(?=a)*", "(?!a)+",
    "(?<=a)*", "(?i)*", "a(?#x)*", "|*", "(*a)", "(+)", "()*", "(|a)*", "(a*)*", "(a|b*)*", "(^a)*", r"\A+", "(?:^)?",
)  # fmt: skip
QUANTIFIERS = ("*", "+", "?", "{2}", "{0,1}", "{1,}", "{1,2}")
SUFFIXES = ("", "", "", "", "?", "+")
UNUSUAL_QUANTIFIERS = (
    "{,2}", "{,}", "{}", "{a}", "{1", "{1,a}", "{ 1 }", "{2}{2}", "**", "*+", "++", "???", "*{2}", "{2,1}", "{1001}",
    "{0}", "{65536}", "{00002}", "{1,2,3}",
)  # fmt: skip
BEGINNINGS = (
    "https://", "^https://", "https?://", "//", "", ".*", "^", r"https://(a|b)\.", r"^https://(.*\.)?", r"\b",
    "(?i)^https://", "^(https?://)?", "[a-z]+:", r"\Ahttps:\/\/", "^(?!https://a)", "^(?=https)", "(?x)^ https://",
)  # fmt: skip
ENDS = (
    "", "$", "$", "$", r"\Z", r"\z", r"\.ba$", r"\.ba", r"\.com\.ba$", r"(:\d+)?$", ":8080$", ".*$", r"\b", r"\B",
    r"\.com$", "$|^a", r"\.(com|ba)$",
)  # fmt: skip


def random_pattern(numbers: random.Random, unusual: float) -> str:
    """A pattern, each part of which is with probability `unusual` one that some dialect does not know."""
    return numbers.choice(BEGINNINGS) + _alternatives(numbers, 2, unusual) + numbers.choice(ENDS)


def _alternatives(numbers: random.Random, depth: int, unusual: float) -> str:
    return "|".join(_sequence(numbers, depth, unusual) for _ in range(numbers.choice((1, 1, 1, 2, 3))))


def _sequence(numbers: random.Random, depth: int, unusual: float) -> str:
    parts = []
    for _ in range(numbers.choice((1, 1, 2, 2, 3, 4))):
        part = _part(numbers, depth, unusual)
        if numbers.random() < 0.3:
            if numbers.random() < unusual / 2:
                part += numbers.choice(UNUSUAL_QUANTIFIERS)
            else:
                part += numbers.choice(QUANTIFIERS) + numbers.choice(SUFFIXES)
        parts.append(part)
    return "".join(parts)


def _part(numbers: random.Random, depth: int, unusual: float) -> str:
    if numbers.random() < unusual:
        part = numbers.choice(numbers.choice((ESCAPES, CLASSES, UNUSUAL_GROUPS)))
        if part in UNUSUAL_GROUPS:
            inner = _alternatives(numbers, depth - 1, unusual / 2) if depth else numbers.choice(LITERALS)
            return part.replace("{}", inner)
        return part
    kind = numbers.random()
    if depth and kind < 0.25:
        return numbers.choice(GROUPS).replace("{}", _alternatives(numbers, depth - 1, unusual))
    return numbers.choice(LITERALS if kind < 0.6 else USUAL if kind < 0.94 else PLACES)
