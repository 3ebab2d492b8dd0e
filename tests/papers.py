"""What a reader finds in a PDF."""

import pypdfium2


def words_of(pdf: bytes) -> str:
    """Return all words of a PDF, with one space between two."""
    pages = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in pages).split())
