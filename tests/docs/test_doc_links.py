"""Links between the documents lead somewhere, and the pictures that they show exist."""

from __future__ import annotations

import pytest
from pages import PAGES, ROOT, Page, page


@pytest.mark.parametrize("page_", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page_: Page) -> None:
    for picture, target in page_.links:
        file, _, anchor = target.partition("#")
        path = (page_.path.parent / file).resolve() if file else page_.path
        assert path.exists(), f"{page_.name} links to {target}"
        assert path.is_relative_to(ROOT), f"{page_.name} links to {target}"
        if picture:
            assert path.is_file() and path.stat().st_size > 0
        if anchor and path.suffix == ".md":
            assert anchor in page(path).anchors, f"{page_.name} links to {target}"


def test_every_document_is_linked_from_somewhere() -> None:
    linked = {(p.path.parent / t.partition("#")[0]).resolve() for p in PAGES for _, t in p.links}
    assert [p.name for p in PAGES if p.path not in linked and p.path.name != "README.md"] == []
