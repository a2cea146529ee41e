#!/usr/bin/env python3
"""Writes entities.def: the named characters of HTML 5 (html.spec.whatwg.org/multipage/named-characters.html), sorted by bytes, as
Python's html.unescape knows them.   python3 src/data/make_entities.py >src/data/entities.def"""
from html.entities import html5

for name, text in sorted(html5.items()):
    print('{"%s", "%s"},' % (name, "".join("\\%03o" % b for b in text.encode())))
