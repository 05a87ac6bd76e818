"""Reads a JSON list of T-SQL texts and writes, for each, the list of what the grammar cannot read."""

import json
import sys

from sqlfluff.core import FluffConfig, Linter

linter = Linter(config=FluffConfig(overrides={"dialect": "tsql", "large_file_skip_byte_limit": 0}))


def problems(text):
    parsed = linter.parse_string(text)
    found = [str(violation) for violation in parsed.violations]
    if parsed.tree is None:
        return found or ["nothing could be read"]
    return found + [segment.raw for segment in parsed.tree.recursive_crawl("unparsable")]


json.dump([problems(text) for text in json.load(sys.stdin)], sys.stdout)
