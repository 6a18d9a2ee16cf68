"""``diembao group`` as other programs call it."""

import json
from pathlib import Path

from typer.testing import CliRunner

from scheduler.commands.app import app

RECORDS = [
    {"id": "a", "text": "Bắc Ninh kết nạp 1.286 đảng viên, đạt 82,4% chỉ tiêu.", "language": "vi"},
    {"id": "b", "text": "Một tin khác.", "language": "vi"},
    {"id": "c", "text": "Bac Ninh admitted 1,286 members, 82.4 percent of its target.", "language": "en"},
]
LINES = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS)


def answers(output: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.splitlines()]


def test_lines_on_standard_input_are_answered_on_standard_output() -> None:
    done = CliRunner().invoke(app, ["group"], input=LINES)
    assert done.exit_code == 0
    assert answers(done.stdout) == [
        {"id": "a", "story": "a"},
        {"id": "b", "story": "b"},
        {"id": "c", "story": "a"},
    ]


def test_a_file_and_its_reasons(tmp_path: Path) -> None:
    file = tmp_path / "articles.jsonl"
    file.write_text(LINES, encoding="utf-8")
    done = CliRunner().invoke(app, ["group", str(file), "--explain"])
    assert done.exit_code == 0
    assert answers(done.stdout)[2] == {
        "id": "c",
        "story": "a",
        "way": "translated",
        "source": "a",
        "reasons": ["same numbers: 1286, 82.4", "same place: Bắc Ninh"],
    }


def test_a_bad_line_ends_it_with_a_sentence_and_nothing_on_standard_output() -> None:
    done = CliRunner().invoke(app, ["group"], input=LINES + "nonsense\n")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert "line 4: this is not JSON" in str(done.exception) + done.stderr
