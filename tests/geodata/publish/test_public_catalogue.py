"""The catalogue of open data: against DCAT-AP-SE's rules as SHACL, and read by another program."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from pyshacl import validate
from rdflib import DCAT, DCTERMS, FOAF, RDF, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.term import Node

from geodata.publish.public import public_files
from geodata.publish.public.content import content_of
from geodata.service import Service
from geodata.service.publishing import Publishing, public_content
from geodata.settings import Publisher

# rdflib's own reader of JSON-LD uses what rdflib will leave.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")

MADE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
VCARD: Final = Namespace("http://www.w3.org/2006/vcard/ns#")
SHAPES: Final = Graph().parse(Path(__file__).with_name("dcat-ap-se.ttl"))
CC0: Final = URIRef("http://creativecommons.org/publicdomain/zero/1.0/")
PROFILE: Final = URIRef("https://docs.dataportal.se/dcat/3.0.1/en/")
HERE: Final = "http://folder.invalid/data/dcat.rdf"
"""Where a relative address would lead from."""

BY: Final = Publisher(
    name="Borås Stad",
    type="LocalAuthority",
    contact="Trygghetsfunktionen",
    email="oppnadata@example.se",
    address="https://example.se/löften",
    licence="https://creativecommons.org/licenses/by/4.0",
)
PAGE: Final = "https://example.se/löften/index.html"


def files_of(service: Service, by: Publisher, asked: Publishing | None = None) -> dict[str, bytes]:
    content = public_content(service, asked or Publishing(), MADE)
    told = (asked or Publishing()).by(by)
    return public_files(content_of(replace(content.gathered, publisher=told)))


def graph_of(files: dict[str, bytes], name: str = "dcat.rdf") -> Graph:
    form = {"rdf": "xml", "jsonld": "json-ld"}[name.partition(".")[2]]
    return Graph().parse(data=files[f"data/{name}"], format=form, publicID=HERE)


def refused(graph: Graph) -> str:
    """Return what the shapes say against a catalogue, empty where it conforms."""
    conforms, _, said = validate(graph, shacl_graph=SHAPES)
    return "" if conforms else str(said)


@pytest.fixture(scope="module")
def files(example: Service) -> dict[str, bytes]:
    return files_of(example, BY)


@pytest.fixture
def graph(files: dict[str, bytes]) -> Graph:
    return graph_of(files)


def test_the_catalogue_follows_the_profile(graph: Graph) -> None:
    assert refused(graph) == ""
    assert list(graph.objects(predicate=DCTERMS.conformsTo)) == [PROFILE]
    assert not any(isinstance(term, BNode) for triple in graph for term in triple)
    assert not [term for triple in graph for term in triple if "folder.invalid" in str(term)]


def test_rdf_xml_and_json_ld_say_the_same(files: dict[str, bytes], graph: Graph) -> None:
    other = graph_of(files, "dcat.jsonld")
    assert len(graph) > 50
    assert isomorphic(graph, other)


def test_what_was_said_is_what_is_read(files: dict[str, bytes], graph: Graph) -> None:
    at = {name: URIRef(f"{PAGE}#{name}") for name in ("catalogue", "dataset", "publisher", "csv")}
    assert set(graph.subjects(RDF.type, DCAT.Catalog)) == {at["catalogue"]}
    assert graph.value(at["catalogue"], DCTERMS.license) == CC0
    assert graph.value(at["catalogue"], DCAT.dataset) == at["dataset"]
    assert graph.value(at["publisher"], FOAF.name) == Literal("Borås Stad")
    assert graph.value(at["publisher"], DCTERMS.type) == URIRef(
        "http://purl.org/adms/publishertype/LocalAuthority"
    )
    contact = graph.value(at["dataset"], DCAT.contactPoint)
    assert graph.value(contact, VCARD.fn) == Literal("Trygghetsfunktionen")
    assert graph.value(contact, VCARD.hasEmail) == URIRef("mailto:oppnadata@example.se")
    # The example's promises begin with 2018, and are told by the end of that year.
    period = graph.value(at["dataset"], DCTERMS.temporal)
    assert graph.value(period, DCAT.startDate) == Literal("2018-01-01", datatype=XSD.date)
    # Creative Commons' licence by its one address.
    by = URIRef("http://creativecommons.org/licenses/by/4.0/")
    assert set(graph.objects(at["csv"], DCTERMS.license)) == {by}
    # Every file of data is there to be fetched, each in the distribution of its format.
    for suffix, mark in (("csv", "csv"), ("geojson", "geojson")):
        fetched = set(graph.objects(URIRef(f"{PAGE}#{mark}"), DCAT.downloadURL))
        known = {name for name in files if name.endswith(f".{suffix}")}
        assert fetched == {URIRef(f"https://example.se/löften/{name}") for name in known}
    assert 'id="data"' in files["index.html"].decode()


Change = Callable[[Graph], object]


def without(kind: Node, predicate: Node) -> Change:
    def change(graph: Graph) -> None:
        for thing in list(graph.subjects(RDF.type, kind)):
            assert (thing, predicate, None) in graph
            graph.remove((thing, predicate, None))

    return change


def with_(kind: Node, predicate: Node, value: Node) -> Change:
    def change(graph: Graph) -> None:
        for thing in graph.subjects(RDF.type, kind):
            graph.set((thing, predicate, value))

    return change


def renamed(kind: Node, name: Callable[[Node], Node]) -> Change:
    def change(graph: Graph) -> None:
        for thing in list(graph.subjects(RDF.type, kind)):
            other = name(thing)
            for s, p, o in list(graph):
                if thing in (s, o):
                    graph.remove((s, p, o))
                    graph.add((other if s == thing else s, p, other if o == thing else o))

    return change


NAMED: Final = (DCAT.Catalog, DCAT.Dataset, DCAT.Distribution, FOAF.Agent, VCARD.Organization)

WRONG: Final[dict[str, Change]] = {
    **{
        f"{kind.rpartition('#')[2]} without {predicate.rpartition('/')[2]}": without(
            kind, predicate
        )
        for kind, predicates in {
            DCAT.Catalog: (
                *(DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCTERMS.license),
                *(DCTERMS.language, DCAT.dataset),
            ),
            DCAT.Dataset: (
                *(DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCAT.contactPoint),
                *(DCAT.theme, DCTERMS.spatial, DCTERMS.temporal, DCAT.distribution),
            ),
            DCAT.Distribution: (DCAT.accessURL, DCTERMS.format, DCTERMS.license),
            FOAF.Agent: (FOAF.name, DCTERMS.type),
            VCARD.Organization: (VCARD.fn, VCARD.hasEmail),
        }.items()
        for predicate in predicates
    },
    **{f"blank {kind}": renamed(kind, lambda _: BNode()) for kind in NAMED},
    **{f"relative {kind}": renamed(kind, lambda _: URIRef("../index.html")) for kind in NAMED},
    "catalogue not CC0": with_(DCAT.Catalog, DCTERMS.license, URIRef("https://example.se/terms")),
    "two publishers": lambda g: g.add((URIRef(f"{PAGE}#dataset"), DCTERMS.publisher, CC0)),
    "format an IRI": with_(DCAT.Distribution, DCTERMS.format, URIRef("http://example.se/csv")),
    "licence by https": with_(
        *(DCAT.Distribution, DCTERMS.license),
        URIRef("https://creativecommons.org/licenses/by/4.0/"),
    ),
    "e-mail a text": with_(VCARD.Organization, VCARD.hasEmail, Literal("oppnadata@example.se")),
    "publisher type a text": with_(FOAF.Agent, DCTERMS.type, Literal("LocalAuthority")),
    "contact and publisher in one": renamed(
        VCARD.Organization, lambda _: URIRef(f"{PAGE}#publisher")
    ),
    "theme a text": with_(DCAT.Dataset, DCAT.theme, Literal("JUST")),
    "day a text": with_(DCTERMS.PeriodOfTime, DCAT.startDate, Literal("2018-01-01")),
    "title in no language": with_(DCAT.Dataset, DCTERMS.title, Literal("Löften")),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_a_wrong_catalogue_is_refused(graph: Graph, change: Change) -> None:
    change(graph)
    assert refused(graph)


@pytest.mark.parametrize("name", [field.name for field in fields(Publisher)])
def test_without_one_of_them_the_file_claims_nothing(example: Service, name: str) -> None:
    by = replace(BY, **{name: None})
    assert by.missing == (name,)
    files = files_of(example, by)
    graph, other = graph_of(files), graph_of(files, "dcat.jsonld")
    assert isomorphic(graph, other)
    assert (None, None, PROFILE) not in graph
    assert (URIRef(f"{PAGE}#catalogue"), DCTERMS.license, CC0) not in graph
    assert refused(graph)
    # Where the page lies is not known: then neither is where its files do.
    assert ("folder.invalid" in str(list(graph))) is (name == "address")


def test_what_is_said_when_asking_goes_before_the_settings(example: Service) -> None:
    asked = Publishing(publisher="Marks kommun", address="https://mark.example/a/index.html")
    told = asked.by(BY)
    assert (told.name, told.address) == ("Marks kommun", "https://mark.example/a/")
    assert told.contact == BY.contact
    assert json.loads(files_of(example, BY, asked)["data/dcat.jsonld"])["@id"] == (
        "https://mark.example/a/index.html#catalogue"
    )
