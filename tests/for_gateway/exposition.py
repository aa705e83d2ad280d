"""A reader of Prometheus' text format 0.0.4, written from its specification, to check pages with.

prometheus.io/docs/instrumenting/exposition_formats, "Text-based format". Stricter than it: HELP and
TYPE must stand directly before their samples, for that is what old servers want.
"""

import re

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_TYPES = ("counter", "gauge", "histogram", "summary", "untyped")


class FormatError(Exception):
    """A line that the specification does not allow."""


def read(page):
    """Return {name: (type, help, {labels as sorted tuple: value})}, or raise FormatError."""
    if page and not page.endswith("\n"):
        raise FormatError("the last line ends with a line feed")
    metrics, docs, kinds, current = {}, {}, {}, None
    for line in page.split("\n")[:-1]:
        if line.startswith("# HELP "):
            name, _, text = line[7:].partition(" ")
            if name in docs:
                raise FormatError(f"a second HELP of {name}")
            docs[_named(name)] = _unescape(text, {"\\": "\\", "n": "\n"})
        elif line.startswith("# TYPE "):
            name, _, kind = line[7:].partition(" ")
            if name in kinds or name in metrics or kind not in _TYPES or name not in docs:
                raise FormatError(line)
            kinds[name] = kind
            metrics[name] = (kind, docs[name], {})
            current = name
        elif line.startswith("#") or not line.strip():
            continue
        else:
            name, labels, value = _sample(line)
            if name != current:
                raise FormatError(f"{name} stands in the group of {current}")
            series = metrics[name][2]
            key = tuple(sorted(labels.items()))
            if key in series:
                raise FormatError(f"twice the same series: {line}")
            series[key] = value
    return metrics


def _named(name):
    if not _NAME.fullmatch(name):
        raise FormatError(f"no name: {name!r}")
    return name


def _sample(line):
    name = _NAME.match(line)
    if not name:
        raise FormatError(line)
    rest, labels = line[name.end() :], {}
    if rest.startswith("{"):
        labels, rest = _labels(rest[1:])
    words = rest.split()
    if len(words) not in (1, 2) or not rest[0].isspace():
        raise FormatError(line)
    try:
        return name.group(), labels, float(words[0])  # as Go's ParseFloat: NaN, +Inf, -Inf too
    except ValueError as e:
        raise FormatError(line) from e


def _labels(text):
    labels = {}
    while not text.startswith("}"):
        name = _LABEL.match(text)
        if not name or text[name.end() : name.end() + 2] != '="' or name.group() in labels:
            raise FormatError(f"no label: {text!r}")
        raw = re.match(r'((?:[^"\\\n]|\\.)*)"', text[name.end() + 2 :])
        if not raw:
            raise FormatError(f"no value of a label: {text!r}")
        labels[name.group()] = _unescape(raw.group(1), {"\\": "\\", "n": "\n", '"': '"'})
        text = text[name.end() + 2 + raw.end() :]
        if text.startswith(","):
            text = text[1:]
        elif not text.startswith("}"):
            raise FormatError(f"no end of labels: {text!r}")
    return labels, text[1:]


def _unescape(text, allowed):
    out, at = [], 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
            if text[at : at + 1] not in allowed:
                raise FormatError(f"unknown escape in {text!r}")
            out.append(allowed[text[at]])
        else:
            out.append(text[at])
        at += 1
    return "".join(out)
