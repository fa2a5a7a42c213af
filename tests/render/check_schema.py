#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""check_schema.py SCHEMA < DOCUMENTS: exit 0 when each document of the list is valid and has no field
that the schema does not name. Exit 77 without python3-jsonschema."""
import json
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(77)


def closed(node):
    """The schema as a test wants it: readers must accept new fields, we must document them."""
    if isinstance(node, list):
        return [closed(one) for one in node]
    if not isinstance(node, dict):
        return node
    node = {key: closed(value) for key, value in node.items()}
    if "object" in node.get("type", ()) and "properties" in node:
        node["additionalProperties"] = False
    return node


schema = json.load(open(sys.argv[1], encoding="utf-8"))
jsonschema.Draft202012Validator.check_schema(schema)
schemas = {"type": "array", "minItems": 1, "items": closed(schema), "$defs": closed(schema["$defs"])}
problems = list(jsonschema.Draft202012Validator(schemas).iter_errors(json.load(sys.stdin)))
for problem in problems:
    print("/".join(str(step) for step in problem.absolute_path) + ": " + problem.message)
sys.exit(1 if problems else 0)
