"""Changing what is recorded: absent stays, null clears, lists are replaced, versions are compared."""

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from tests.api import Api
from tests.factories import citation, city, city_party, organization_party, parties, person
from tests.registry import contents, feed

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]

_keys = iter(range(1_000_000))


def key() -> str:
    return f"update-{next(_keys)}"


async def recorded(api: Api, name: str, given: dict[str, Any], record: str) -> str:
    payload = await api.written(name, {"idempotencyKey": key(), **given}, f"{record} {{ id }}")
    id_: str = payload[record]["id"]
    return id_


async def signed(api: Api, **facts: Any) -> str:
    given = {"kind": "COOPERATION", "signedOn": "2020-05", "parties": parties(), **facts}
    return await recorded(api, "recordSigning", given, "agreement")


def update(id_: str, version: int = 1, /, **patch: Any) -> dict[str, Any]:
    return {"idempotencyKey": key(), "id": id_, "expectedVersion": version, "patch": patch}


def amendment(id_: str, version: int = 1, /, **changes: Any) -> dict[str, Any]:
    return {"idempotencyKey": key(), "id": id_, "expectedVersion": version, **changes}


async def test_amends_what_is_given_and_keeps_the_rest(api: Api, pool: "Pool") -> None:
    id_ = await signed(api, summary="A summary", areas=["culture", "trade"], potentialAreas=["sport"], title="Title")
    selection = "agreement { version title summary signedOn kind areas { area { slug } standing } event { name } }"
    event = {"new": {"kind": "SUMMIT", "name": "A summit"}}
    given = amendment(id_, summary=None, areas=["Health"], event=event, citations=[citation(field="areas")])
    payload = await api.written("amendAgreement", given, selection)
    areas = [{"area": {"slug": "sport"}, "standing": "POTENTIAL"}, {"area": {"slug": "health"}, "standing": "AGREED"}]
    assert payload["agreement"] == {
        "version": 2,
        "title": "Title",
        "summary": None,
        "signedOn": "2020-05",
        "kind": "COOPERATION",
        "areas": areas,
        "event": {"name": "A summit"},
    }
    change = (await feed(pool))[-1]
    assert (change["kind"], change["version"]) == ("UPDATED", 2)
    assert change["fields"] == ["summary", "event", "areas", "citations"]
    again = await api.mutate("amendAgreement", given, selection)
    assert again == {**payload, "replayed": True}
    made = await api.written("amendAgreement", amendment(id_, 2, title=None, event=None), selection)
    assert made["agreement"]["title"] == "Cooperation agreement between Kaohsiung and Pristina"
    assert made["agreement"]["event"] is None


AMENDED = [
    pytest.param({"kind": None}, [("INVALID", "kind")], id="a kind cannot be cleared"),
    pytest.param({}, [("INVALID", "")], id="nothing is given"),
    pytest.param({"signedOn": "2999"}, [("SIGNED_IN_THE_FUTURE", "signedOn")], id="signed in the future"),
    pytest.param({"expiresOn": "2019"}, [("DATES_OUT_OF_ORDER", "expiresOn")], id="expired before it was signed"),
    pytest.param({"programme": "prg_0"}, [("NOT_FOUND", "programme")], id="an unknown programme"),
    pytest.param({"id": "agr_0", "title": "x"}, [("NOT_FOUND", "id")], id="an unknown agreement"),
    pytest.param({"expectedVersion": 7, "title": "x"}, [("VERSION_CONFLICT", "expectedVersion")], id="another version"),
    pytest.param({"citations": [citation(field="colour")]}, [("INVALID", "citations.0.field")], id="an unknown field"),
]


@pytest.mark.parametrize(("changes", "expected"), AMENDED)
async def test_refuses_to_amend(
    api: Api, pool: "Pool", changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    id_ = await signed(api)
    before = await contents(pool)
    assert await api.refused("amendAgreement", {**amendment(id_), **changes}) == expected
    assert await contents(pool) == before


async def test_null_and_absent_are_not_the_same_input(api: Api) -> None:
    id_ = await signed(api, summary="A summary")
    given = amendment(id_, title="Another")
    await api.written("amendAgreement", given)
    assert await api.refused("amendAgreement", {**given, "summary": None}) == [
        ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")
    ]


ENDINGS = [
    pytest.param({"endedOn": "2021", "endedBy": city_party(), "note": "By vote"}, "ENDED", id="ended"),
    pytest.param({"suspended": True}, "SUSPENDED", id="put on hold"),
]


@pytest.mark.parametrize(("given", "status"), ENDINGS)
async def test_ends_an_agreement(api: Api, given: dict[str, Any], status: str) -> None:
    id_ = await signed(api)
    selection = "agreement { status endedOn endedBy { name } endNote version }"
    payload = await api.written("endAgreement", amendment(id_, **given), selection)
    assert payload["agreement"] == {
        "status": status,
        "endedOn": given.get("endedOn"),
        "endedBy": {"name": "Kaohsiung"} if "endedBy" in given else None,
        "endNote": given.get("note"),
        "version": 2,
    }
    assert await api.refused("endAgreement", amendment(id_, 2, suspended=True)) == [("ALREADY_ENDED", "id")]


async def test_what_is_on_hold_can_be_ended_once(api: Api) -> None:
    id_ = await signed(api)
    await api.written("endAgreement", amendment(id_, suspended=True))
    await api.written("endAgreement", amendment(id_, 2))
    assert await api.refused("endAgreement", amendment(id_, 3)) == [("ALREADY_ENDED", "id")]


async def test_refuses_an_end_that_cannot_be(api: Api) -> None:
    id_ = await signed(api, expiresOn="2021-12-31")
    assert await api.refused("endAgreement", amendment(id_)) == [("ALREADY_ENDED", "id")]
    assert await api.refused("endAgreement", amendment(id_, endedOn="2022")) == [("ALREADY_ENDED", "endedOn")]
    assert await api.refused("endAgreement", amendment(id_, endedOn="2019")) == [("DATES_OUT_OF_ORDER", "endedOn")]
    await api.written("endAgreement", amendment(id_, endedOn="2021-06"))


async def test_a_planned_agreement_that_is_given_up_is_cancelled(api: Api) -> None:
    planned = {"kind": "OTHER", "parties": parties()}
    id_ = await recorded(api, "announceAgreement", planned, "agreement")
    assert await api.refused("amendAgreement", amendment(id_, signedOn="2020")) == [("INVALID", "signedOn")]
    assert await api.refused("endAgreement", amendment(id_, suspended=True)) == [("INVALID", "suspended")]
    payload = await api.written("endAgreement", amendment(id_), "agreement { status }")
    assert payload["agreement"] == {"status": "CANCELLED"}
    signing = {"idempotencyKey": key(), "kind": "OTHER", "parties": parties(), "fulfils": id_}
    assert await api.refused("recordSigning", signing) == [("NOT_PLANNED", "fulfils")]


async def test_updates_a_city_and_the_names_it_is_found_by(api: Api, pool: "Pool") -> None:
    given = {"name": "Old Name", "country": "TW", "names": [{"language": "de", "name": "Alter Name"}], "region": "R"}
    id_ = await recorded(api, "createCity", {"city": given}, "city")
    names = [{"language": "fr", "name": "Nom"}]
    patch = {"name": "New Name", "names": names, "region": None, "latitude": 1.5, "longitude": 2.5, "geonamesId": 7}
    payload = await api.written(
        "updateCity", update(id_, **patch), "city { name region latitude geonamesId names { language name } version }"
    )
    assert payload["city"] == {
        "name": "New Name",
        "region": None,
        "latitude": 1.5,
        "geonamesId": 7,
        "names": names,
        "version": 2,
    }
    assert (await feed(pool))[-1]["fields"] == ["region", "latitude", "longitude", "geonamesId", "name", "names"]
    query = "query ($ref: CityRef!) { city(ref: $ref) { id } }"
    for name, found in (("new name", True), ("nom", True), ("Old Name", False), ("Alter Name", False)):
        answer = await api.ask(query, {"ref": city(name)})
        assert answer == {"city": {"id": id_} if found else None}


CITIES = [
    pytest.param({"name": None}, [("INVALID", "patch.name")], id="a name cannot be cleared"),
    pytest.param({}, [("INVALID", "patch")], id="nothing is given"),
    pytest.param({"latitude": 1.0}, [("INVALID", "patch.longitude")], id="one coordinate"),
    pytest.param({"country": "QQ"}, [("INVALID", "patch.country")], id="no country"),
    pytest.param({"geonamesId": 5}, [("ALREADY_RECORDED", "patch.geonamesId")], id="an identifier of another"),
    pytest.param({"name": "Tainan"}, [("ALREADY_RECORDED", "patch.name")], id="a name of another"),
    pytest.param({"population": -1}, [("INVALID", "patch.population")], id="a negative population"),
]


@pytest.mark.parametrize(("patch", "expected"), CITIES)
async def test_refuses_to_update_a_city(
    api: Api, pool: "Pool", patch: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    await recorded(api, "createCity", {"city": {"name": "Tainan", "country": "TW", "geonamesId": 5}}, "city")
    id_ = await recorded(api, "createCity", {"city": {"name": "Taipei", "country": "TW"}}, "city")
    before = await contents(pool)
    assert await api.refused("updateCity", update(id_, **patch)) == expected
    assert await contents(pool) == before


async def test_updates_an_organization(api: Api) -> None:
    member = {"person": person(), "role": "member"}
    given = {"name": "Office", "kind": "GOVERNMENT", "city": city(), "members": [member]}
    id_ = await recorded(api, "createOrganization", given, "organization")
    patch = {"members": [{"person": person("Rama"), "role": "chair"}], "city": city("Pristina", "XK"), "kind": "OTHER"}
    selection = "organization { name kind country { code } city { name } members { role person { name } } }"
    payload = await api.written("updateOrganization", update(id_, **patch), selection)
    assert payload["organization"] == {
        "name": "Office",
        "kind": "OTHER",
        "country": {"code": "XK"},
        "city": {"name": "Pristina"},
        "members": [{"role": "chair", "person": {"name": "Rama"}}],
    }
    assert await api.refused("updateOrganization", update(id_, 2, country="TW")) == [("INVALID", "patch.country")]
    itself = {"organization": {"id": id_}}
    assert await api.refused("updateOrganization", update(id_, 2, partOf=itself)) == [("INVALID", "patch.partOf")]
    cleared = await api.written("updateOrganization", update(id_, 2, city=None, members=None), selection)
    assert cleared["organization"]["members"] == []
    assert cleared["organization"]["country"] == {"code": "XK"}


async def test_updates_a_person(api: Api, pool: "Pool") -> None:
    await signed(api, witnesses=[{"person": person()}])
    id_ = await pool.fetchval("SELECT id FROM person")
    offices = [{"title": "Mayor", "of": city_party(), "from": "2020"}]
    payload = await api.written(
        "updatePerson",
        update(id_, name="Chen, Chi-mai", nativeName="陳其邁", offices=offices),
        "person { name nativeName offices { title from of { name } } }",
    )
    assert payload["person"] == {
        "name": "Chen, Chi-mai",
        "nativeName": "陳其邁",
        "offices": [{"title": "Mayor", "from": "2020", "of": {"name": "Kaohsiung"}}],
    }
    backwards = [{"title": "Mayor", "from": "2020", "to": "2019"}]
    assert await api.refused("updatePerson", update(id_, 2, offices=backwards)) == [
        ("DATES_OUT_OF_ORDER", "patch.offices.0.to")
    ]


async def test_updates_an_event(api: Api) -> None:
    participants = [{"person": person(), "role": "SPEAKER", "status": "ATTENDED"}]
    given = {"kind": "EXPO", "name": "Expo", "startsOn": "2024-03-22", "hosts": [city_party()], "venue": "Hall"}
    id_ = await recorded(api, "recordEvent", {"event": {**given, "participants": participants}}, "event")
    selection = "event { name status venue startsOn endsOn hosts { name } participants { role } version }"
    patch = {"status": "POSTPONED", "venue": None, "hosts": [organization_party()], "endsOn": "2024-03-23"}
    payload = await api.written("updateEvent", update(id_, **patch), selection)
    assert payload["event"] == {
        "name": "Expo",
        "status": "POSTPONED",
        "venue": None,
        "startsOn": "2024-03-22",
        "endsOn": "2024-03-23",
        "hosts": [{"name": "Siemens"}],
        "participants": [{"role": "SPEAKER"}],
        "version": 2,
    }
    assert await api.refused("updateEvent", update(id_, 2, startsOn="2024-04")) == [
        ("DATES_OUT_OF_ORDER", "patch.startsOn")
    ]
    assert await api.refused("updateEvent", update(id_, 2, partOf=id_)) == [("INVALID", "patch.partOf")]


async def test_updates_a_delegation(api: Api) -> None:
    members = [{"person": person(), "role": "LEADER"}, {"person": person("Rama")}]
    given = {"from": city_party(), "destinationCity": city("Pristina", "XK"), "members": members}
    id_ = await recorded(api, "recordDelegation", {"delegation": given}, "delegation")
    selection = "delegation { name destinationCountry { code } members { role } hosts { office } events { name } }"
    patch = {
        "name": None,
        "destinationCity": city("Tirana", "AL"),
        "members": members[1:],
        "hosts": [{"party": city_party("Tirana", "AL"), "office": "Mayor"}],
        "events": [{"new": {"kind": "MEETING", "name": "Meeting"}}],
    }
    payload = await api.written("updateDelegation", update(id_, **patch), selection)
    assert payload["delegation"] == {
        "name": "Delegation from Kaohsiung to Tirana",
        "destinationCountry": {"code": "AL"},
        "members": [{"role": "MEMBER"}],
        "hosts": [{"office": "Mayor"}],
        "events": [{"name": "Meeting"}],
    }
    assert await api.refused("updateDelegation", update(id_, 2, destinationCountry="TW")) == [
        ("INVALID", "patch.destinationCountry")
    ]
    kept = await api.written("updateDelegation", update(id_, 2, purpose="Trade"), selection)
    assert kept["delegation"] == payload["delegation"]


async def test_updates_a_programme(api: Api) -> None:
    given = {"name": "Plan", "owner": city_party(), "targets": [{"description": "One"}], "partners": [city_party("A")]}
    id_ = await recorded(api, "recordProgramme", given, "programme")
    patch = {"name": "New plan", "targets": [{"description": "Two", "dueOn": "2030"}]}
    selection = "programme { name partners { name } targets { description dueOn } }"
    payload = await api.written("updateProgramme", update(id_, **patch), selection)
    assert payload["programme"] == {"partners": [{"name": "A"}], **patch}


async def test_cites_a_record_of_any_kind(api: Api, pool: "Pool") -> None:
    id_ = await signed(api)
    selection = "record { id version citations { field source { title } } }"
    given = {"idempotencyKey": key(), "subject": id_, "citation": citation(field="signedOn")}
    payload = await api.written("cite", given, selection)
    assert payload["record"]["version"] == 2
    assert payload["record"]["citations"] == [{"field": "signedOn", "source": {"title": "A report of the signing"}}]
    assert (await feed(pool))[-1]["fields"] == ["citations"]
    wrong = {"idempotencyKey": key(), "subject": id_, "citation": citation(field="colour")}
    assert await api.refused("cite", wrong) == [("INVALID", "citation.field")]
    for unknown in ("agr_0", "nothing", "src_1"):
        assert await api.refused("cite", {**wrong, "subject": unknown}) == [("NOT_FOUND", "subject")]


async def test_of_two_updates_at_once_one_is_told_of_the_conflict(api: Api, pool: "Pool") -> None:
    id_ = await signed(api)
    updates = [api.mutate("amendAgreement", amendment(id_, title=f"Title {at}")) for at in range(8)]
    payloads = await asyncio.gather(*updates)
    errors = [error["code"] for payload in payloads for error in payload["userErrors"]]
    assert errors == ["VERSION_CONFLICT"] * 7
    for version in range(2, 8):
        await api.written("amendAgreement", amendment(id_, version, title=f"Title at {version}"))
    history = "query ($id: ID!) { node(id: $id) { ... on Agreement { version history { nodes { version kind } } } } }"
    node = (await api.ask(history, {"id": id_}))["node"]
    assert [change["version"] for change in node["history"]["nodes"]] == list(range(1, 9))
    assert node["version"] == 8
    await feed(pool)
