"""Hosts that anybody can register who asks for them, as far as that can be said without a list of all registries."""

from __future__ import annotations

from collections.abc import Iterator

from corslint.origins import parse_origin

_COUNTRIES = (
    "ac ad ae af ag ai al am ao ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf "
    "cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg es et eu fi fj fk fm fo fr ga gd ge gf gg "
    "gh gi gl gm gn gp gq gr gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn "
    "kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na "
    "nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg "
    "sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va "
    "vc ve vg vi vn vu wf ws ye yt za zm zw"
)
_ENDINGS = frozenset((*_COUNTRIES.split(), "com", "net", "org", "info"))
"""Top-level domains that are the beginning of others; of countries those in use, of the rest the oldest.

https://www.iana.org/domains/root/db
"""
_LONGEST = 300
"""Characters of an origin that are looked at; a host has 253 at most."""


def registrable_parts(origin: str) -> Iterator[str]:
    """The beginnings of an origin that are origins of their own, below a top-level domain, the longest first."""
    for end in range(min(len(origin) - 1, _LONGEST), len("http://"), -1):
        parsed = parse_origin(origin[:end])
        if parsed is None or parsed.port is not None or parsed.host.count(".") == 0:
            continue
        if parsed.host.rpartition(".")[2] in _ENDINGS:
            yield origin[:end]
