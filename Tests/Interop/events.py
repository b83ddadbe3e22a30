"""The broker's log as events: `TIME LEVEL event=NAME key=value ...`, values with blanks or signs in quotes."""
import calendar
import re
import time

LINE = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{3})Z ([A-Z]+) (event=.*)$")
FIELD = re.compile(r'([A-Za-z0-9_.]+)=("(?:[^"\\]|\\.)*"|[^ ]*)')
ESCAPE = re.compile(r"\\(u\{([0-9a-f]+)\}|.)")
LETTERS = {"n": "\n", "r": "\r", "t": "\t"}


def unquoted(value):
    if not value.startswith('"'):
        return value
    return ESCAPE.sub(lambda found: chr(int(found.group(2), 16)) if found.group(2)
                      else LETTERS.get(found.group(1), found.group(1)), value[1:-1])


class Event:
    """One line: `at` in seconds since 1970, `name`, `level`, and the other fields by key."""

    def __init__(self, at, level, fields):
        self.at, self.level, self.fields = at, level, fields
        self.name = fields.pop("event", "")

    def __getitem__(self, key):
        return self.fields.get(key)

    def __repr__(self):
        return f"{self.name}@{self.at:.3f} {self.fields}"


def parse(text):
    """The events of a log; lines of another shape are left out."""
    events = []
    for line in text.splitlines():
        found = LINE.match(line)
        if found:
            at = calendar.timegm(time.strptime(found.group(1), "%Y-%m-%dT%H:%M:%S")) + int(found.group(2)) / 1000
            fields = {key: unquoted(value) for key, value in FIELD.findall(found.group(4))}
            events.append(Event(at, found.group(3), fields))
    return events


def read(path):
    try:
        with open(path, "rb") as log:
            return parse(log.read().decode("utf-8", "replace"))
    except OSError:
        return []


def named(events, *names, since=0.0, until=float("inf")):
    return [event for event in events if event.name in names and since <= event.at <= until]
