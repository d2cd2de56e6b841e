"""The page about comparisons: its question is one."""

import json
import re

from api.comparisons.question import ComparisonQuestion
from tests.programs import ROOT

PAGE = (ROOT / "docs" / "comparisons.md").read_text()


def test_its_question_is_one() -> None:
    (question,) = re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL)
    assert len(ComparisonQuestion.model_validate(json.loads(question)).members) == 2


def test_each_way_to_find_t0_is_one() -> None:
    (question,) = re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL)
    of_sensors = PAGE.partition("## Metrics")[0]
    ways = [json.loads(way) for way in re.findall(r"^\| `([\"{].*?)` \|", of_sensors, re.MULTILINE)]
    assert len(ways) == 4
    for way in ways:
        ComparisonQuestion.model_validate(json.loads(question) | {"align": way})
