"""Times for people: the clock of the city, and how long ago."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from admin.labels import Labels

MINUTE, HOUR, DAY = 60, 3600, 86400
A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as shown: machine form, day and clock of the city, and its distance from now."""

    iso: str
    day: str
    clock: str
    ago: str


@dataclass(frozen=True, slots=True)
class Times:
    zone: ZoneInfo
    labels: Labels

    def moment(self, at: datetime, now: datetime, *, day_only: bool = False) -> Moment:
        """`at` for a reader at `now`. The year is named only when it is another one.

        `day_only` is for readers whom the hour of a report could tell who made it (DOMAIN 3.2).
        """
        local, here = at.astimezone(self.zone), now.astimezone(self.zone)
        weekday = self.labels.say("time", "weekdays")[local.weekday()]
        year = "" if local.year == here.year else f"{local.year}/"
        return Moment(
            iso=local.date().isoformat() if day_only else at.isoformat(timespec="seconds"),
            day=f"{year}{local.month}/{local.day}({weekday})",
            clock="" if day_only else f"{local:%H:%M}",
            ago=self._ago(local, here, day_only=day_only),
        )

    def day(self, at: datetime) -> str:
        """The full date of `at` in the city."""
        return f"{at.astimezone(self.zone):%Y/%-m/%-d}"

    def _ago(self, local: datetime, here: datetime, *, day_only: bool) -> str:
        seconds = (here - local).total_seconds()
        days = (here.date() - local.date()).days
        if days < 1 and day_only:
            return self.labels.say("time", "today")
        if seconds < MINUTE:
            return self.labels.say("time", "now")
        if seconds < HOUR:
            return self.labels.say("time", "minutes", n=int(seconds // MINUTE))
        if days < 1:
            return self.labels.say("time", "hours", n=int(seconds // HOUR))
        if days == 1:
            return self.labels.say("time", "yesterday")
        return self.labels.say("time", "days", n=days) if days <= A_WEEK else ""
