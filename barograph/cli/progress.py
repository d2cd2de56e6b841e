"""Progress of long work, as a bar that is drawn over itself, or as lines where there is no terminal."""

from typing import TextIO

from barograph.cli.verb import Item

WIDTH = 30


class ProgressBar:
    """Draws on a screen; what is no terminal gets a line whenever the text changes."""

    def __init__(self, screen: TextIO) -> None:
        self._screen = screen
        self._shown = ""

    def draw(self, item: Item) -> None:
        """Shows a backfill as the API describes it."""
        self.show(describe(item))

    def show(self, text: str) -> None:
        """Shows a line in place of the one before."""
        if text == self._shown:
            return
        if self._screen.isatty():
            self._screen.write(f"\r{text.ljust(len(self._shown))}")
        else:
            self._screen.write(f"{text}\n")
        self._screen.flush()
        self._shown = text

    def end(self) -> None:
        """Leaves the bar where it is."""
        if self._shown and self._screen.isatty():
            self._screen.write("\n")


def describe(item: Item) -> str:
    """One line: status, bar, readings, rate and time left."""
    done, total = item["readings_done"], item["readings_total"]
    part = done / total if total else float(item["status"] in {"finished", "undone"})
    words = [
        f"{item['status']:9s}",
        bar(part),
        f"{done:,} of {total:,} readings",
    ]
    if item["rate"]:
        words.append(f"{item['rate']:,.0f}/s")
    if item["eta_s"] is not None:
        words.append(f"{duration(item['eta_s'])} left")
    return "  ".join(words)


def bar(part: float) -> str:
    """Draws a bar for a part from 0 to 1."""
    filled = int(part * WIDTH)
    return f"[{'#' * filled}{'.' * (WIDTH - filled)}] {part:4.0%}"


def duration(seconds: float) -> str:
    """Says a duration as people do: 40 s, 12 min, 3 h 5 min."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
