#!/usr/bin/env python3
"""Prints Tests/BrokerCoreTests/Schedule/CronYear.swift: when cron expressions are due in a year of two time zones.

An independent calculation: it looks at every minute of the year with Python's zoneinfo, by rules written down again
here. Nothing of it is shared with the code under test.

    Tests/Interop/cron_year.py > Tests/BrokerCoreTests/Schedule/CronYear.swift
"""
import datetime
import zoneinfo

YEAR = 2026
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]
EXPRESSIONS = [
    "*/10 * * * *", "7,37 * * * *", "0 * * * *", "30 2 * * *", "0 2 * * *", "15 1,2,3 * * *",
    "0 */2 * * *", "59 23 * * *", "0 0 1 * *", "0 0 31 * *", "30 1 * * 0", "30 2 * * 7", "0 9 * * 1-5", "0 9 1,15 * 1",
    "5-20/5 0-4 * 3,10,11 *", "45 6 29 2 *", "*/7 1-3 * 3-4 6,0", "0 0-23/3 */10 * *", "30 1-2 * 10,11 *",
]


def values(text, least, most):
    found = set()
    for item in text.split(","):
        body, _, step = item.partition("/")
        if body == "*":
            low, high = least, most
        else:
            low, _, high = body.partition("-")
            low, high = int(low), int(high or low)
        found |= {value for value in range(low, high + 1) if not step or value % int(step) == 0}
    return found


class Cron:
    def __init__(self, text):
        minute, hour, day, month, weekday = text.split()
        self.minutes, self.hours = values(minute, 0, 59), values(hour, 0, 23)
        self.days, self.months = values(day, 1, 31), values(month, 1, 12)
        self.weekdays = {value % 7 for value in values(weekday, 0, 7)}

    def is_due(self, local):
        if local.minute not in self.minutes or local.hour not in self.hours or local.month not in self.months:
            return False
        # The second coming of a local time is for those alone that go on at every hour.
        if local.fold and len(self.hours) < 24:
            return False
        day, weekday = local.day in self.days, (local.weekday() + 1) % 7 in self.weekdays
        if len(self.days) < 31 and len(self.weekdays) < 7:
            return day or weekday
        return day and weekday


def minutes_of_year(zone):
    utc = datetime.timezone.utc
    start = datetime.datetime(YEAR, 1, 1, tzinfo=utc)
    for minute in range(365 * 1440):
        moment = start + datetime.timedelta(minutes=minute)
        yield int(moment.timestamp()), moment.astimezone(zone)


def main():
    print("// Made by Tests/Interop/cron_year.py with Python's zoneinfo; not to be edited.")
    print("\n/// When cron expressions are due in a year, by an independent look at each of its minutes.")
    print("enum CronYear {")
    print("    /// The offsets of a zone, and from when on each holds: Unix seconds.")
    print("    typealias Zone = (name: String, offsets: [(from: Int64, seconds: Int64)])")
    print("    /// How often in the year, and a digest of the due times.")
    print("    typealias Expected = (expression: String, zone: Int, count: Int, digest: UInt64)")
    utc = datetime.timezone.utc
    print(f"\n    static let start: Int64 = {int(datetime.datetime(YEAR, 1, 1, tzinfo=utc).timestamp())}")
    print(f"    static let end: Int64 = {int(datetime.datetime(YEAR + 1, 1, 1, tzinfo=utc).timestamp())}")
    print("\n    static let zones: [Zone] = [")
    rows = []
    for index, name in enumerate(ZONES):
        zone = zoneinfo.ZoneInfo(name)
        offsets, found = [], {text: (0, 0xCBF29CE484222325) for text in EXPRESSIONS}
        crons = {text: Cron(text) for text in EXPRESSIONS}
        for seconds, local in minutes_of_year(zone):
            offset = int(local.utcoffset().total_seconds())
            if not offsets or offsets[-1][1] != offset:
                offsets.append((seconds if offsets else -(1 << 62), offset))
            for text, cron in crons.items():
                if cron.is_due(local):
                    count, digest = found[text]
                    digest = ((digest ^ seconds) * 0x100000001B3) & (1 << 64) - 1
                    found[text] = (count + 1, digest)
        joined = ", ".join(f"({start}, {offset})" for start, offset in offsets)
        print(f'        (\n            "{name}",\n            [{joined}]\n        ),')
        rows += [f'        ("{text}", {index}, {count}, 0x{digest:X}),' for text, (count, digest) in found.items()]
    print("    ]")
    print("\n    static let expected: [Expected] = [")
    print("\n".join(rows))
    print("    ]\n}")


main()
