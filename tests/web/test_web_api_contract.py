"""The API against its own description: Schemathesis asks what it allows and what it does not."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import schemathesis
from desk_people import add, add_key
from digest_samples import NOW, TOPIC, ZONE
from hypothesis import given, settings
from schemathesis import GenerationMode

from storage.database import Database
from web.api.description import description
from web.app import create_app

KEY = "a-key-of-a-program"
EXAMPLES = 20
"""Asked of each operation, within and beyond what it describes."""


@pytest.fixture(scope="module")
def kept(morning_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """As ``fill`` makes it; all examples share it."""
    copy = shutil.copy(morning_file, tmp_path_factory.mktemp("contract") / "copy.sqlite3")
    database = Database(f"sqlite:///{copy}")
    yield database
    database.close()


@pytest.fixture(scope="module")
def key(kept: Database) -> str:
    add(kept, "An")
    add_key(kept, "An", KEY)
    return KEY


@pytest.fixture(scope="module")
def api(kept: Database, key: str) -> schemathesis.BaseSchema:
    names = ("testserver", "localhost")
    app = create_app(
        kept, zone=ZONE, topic=TOPIC, clock=lambda: NOW + timedelta(hours=2), allowed_hosts=names
    )
    described = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)

    @described.auth()
    class Bearer:
        def get(self, case: schemathesis.Case, context: schemathesis.AuthContext) -> str:
            return key

        def set(self, case: schemathesis.Case, data: str, context: schemathesis.AuthContext) -> None:
            case.headers["authorization"] = f"Bearer {data}"

    return described


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize(
    "operation",
    [f"{method.upper()} {path}" for path, item in description()["paths"].items() for method in item],
)
def test_every_operation_does_as_it_says(
    api: schemathesis.BaseSchema, operation: str, mode: GenerationMode
) -> None:
    asked = api.find_operation_by_label(operation)
    assert asked is not None
    if mode is GenerationMode.NEGATIVE and not list(asked.iter_parameters()):
        pytest.skip("nothing can be asked in a wrong way")

    @given(case=asked.as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES)
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate()

    ask()
