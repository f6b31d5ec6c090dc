from __future__ import annotations

import pytest

from labelviz.errors import FileRefused
from labelviz.tables.formats.llm import fits_requests, fits_results, read_requests, read_results


def request(text: str) -> dict:
    return {"custom_id": f"id {text}", "params": {
        "messages": [{"role": "user", "content": f"Label this: {text}"}]}}  # fmt: skip


@pytest.mark.bad_input("P14")
def test_requests_are_ids_prompts_and_texts():
    rows = [(n, request(text)) for n, text in enumerate(("rain", "sun", "fog"), start=1)]
    assert fits_requests(rows[0][1], rows[0][1])
    made = read_requests(rows)
    assert made.rows[1] == {"custom_id": "id sun", "text": "sun", "prompt": "Label this: sun"}
    assert (made.meant.text, made.meant.id) == ("text", "custom_id")
    assert any("'Label this: '" in text for text in made.left_out)


def test_results_are_no_samples():
    assert fits_results(["custom_id", "result"], {})
    with pytest.raises(FileRefused, match="without the texts that they are about"):
        read_results([(1, {"custom_id": "a", "result": {}})])
