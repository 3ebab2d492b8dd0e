"""Files of promises, areas and places to a checked catalogue, every mistake told at once."""

from geodata.catalogue.content import Content, read_content
from geodata.catalogue.difference import (
    OUTLINE_HISTORY,
    AreaChange,
    Difference,
    FormerArea,
    area_m2,
    area_on,
    difference,
    former_text,
    promise_changes,
    read_former,
)
from geodata.catalogue.files import files_in, files_of
from geodata.catalogue.loading import CheckSummary, check, load_catalogue
from geodata.catalogue.placing import (
    FolderChange,
    carry_out,
    finish_pending,
    placed,
    safe_name,
    with_history,
)

__all__ = [
    "OUTLINE_HISTORY",
    "AreaChange",
    "CheckSummary",
    "Content",
    "Difference",
    "FolderChange",
    "FormerArea",
    "area_m2",
    "area_on",
    "carry_out",
    "check",
    "difference",
    "files_in",
    "files_of",
    "finish_pending",
    "former_text",
    "load_catalogue",
    "placed",
    "promise_changes",
    "read_content",
    "read_former",
    "safe_name",
    "with_history",
]
