"""What Schemathesis makes of the document is answered as it says; `make fuzz` does the same at length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import fuzz

if TYPE_CHECKING:
    from schemathesis import Case

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_every_answer_is_one_that_the_document_has(address: str, token: str) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    from schemathesis.checks import CHECKS, load_all_checks

    load_all_checks()
    checks = CHECKS.get_by_names(list(fuzz.CHECKS))
    schema = schemathesis.openapi.from_url(f"http://{address}/api/openapi.json")
    operations = [result.ok() for result in schema.get_all_operations()]
    seen = set[int]()

    @given(data=st.data(), with_key=st.booleans())
    @settings(max_examples=80, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    def ask(data: st.DataObject, with_key: bool) -> None:
        case: Case = data.draw(data.draw(st.sampled_from(operations)).as_strategy())
        headers = {"Authorization": f"Bearer {token}"} if with_key else {}
        response = case.call(headers=headers)
        case.validate_response(response, checks=checks)
        seen.add(response.status_code)

    ask()

    assert {200, 401, 404} <= seen
