"""The citizens' page: what was promised and what is done, as files that need no server."""

from geodata.publish.public.content import AreaSums, Content, Gathered, content_of
from geodata.publish.public.write import public_files, write_folder, zipped

__all__ = [
    "AreaSums",
    "Content",
    "Gathered",
    "content_of",
    "public_files",
    "write_folder",
    "zipped",
]
