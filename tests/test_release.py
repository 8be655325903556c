import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from service.release import FOLDER, LoadError, load_files, load_release
from tests.registry import contents, count, feed, rows

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]

FILES = sorted(FOLDER.glob("*.json"))
NUMBERS = {path.stem: len(json.loads(path.read_text(encoding="utf-8"))["records"]) for path in FILES}


async def test_loading_again_writes_nothing(pool: "Pool", database: str) -> None:
    first = await load_files(database)
    assert (first.files, first.present) == (5, 3)
    before = await contents(pool)
    again = await load_files(database)
    assert (again.recorded, again.present) == (0, first.recorded + first.present)
    assert await contents(pool) == before
    await feed(pool)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_each_release_loads_alone(pool: "Pool", path: Path) -> None:
    report = await load_release(pool, path)
    assert (report.recorded, report.present) == (NUMBERS[path.stem], 0)
    await feed(pool)


async def test_the_order_of_loading_does_not_matter(pool: "Pool") -> None:
    for path in reversed(FILES):
        await load_release(pool, path)
    assert await rows(pool, "SELECT name, native_name FROM person WHERE name_folded = 'chen chi mai'") == [
        {"name": "Chen Chi-mai", "native_name": "陳其邁"}
    ]
    assert await rows(pool, "SELECT name FROM city WHERE country_code = 'TW' ORDER BY name") == [
        {"name": "Kaohsiung"},
        {"name": "New Taipei"},
        {"name": "Taipei"},
    ]


async def test_every_record_is_cited(pool: "Pool", database: str) -> None:
    await load_files(database)
    tables = ("agreement", "city", "contribution", "delegation", "event", "organization", "person", "programme")
    for table in tables:
        bare = await rows(
            pool,
            f"""SELECT id FROM {table} WHERE NOT EXISTS
            (SELECT FROM citation WHERE subject_id = {table}.id AND field IS NULL AND locator IS NOT NULL)""",
        )
        assert bare == [], table
    assert await count(pool, "source") == 5


async def signed(pool: "Pool", title: str) -> dict[str, Any]:
    [row] = await rows(pool, "SELECT * FROM agreement WHERE title = $1", title)
    return row


async def areas(pool: "Pool", id_: str, standing: str = "AGREED") -> list[str]:
    found = await rows(
        pool,
        """SELECT area.name FROM agreement_area JOIN area ON area.id = area_id
        WHERE agreement_id = $1 AND standing = $2 ORDER BY position""",
        id_,
        standing,
    )
    return [row["name"] for row in found]


async def basis(pool: "Pool", id_: str, field: str) -> list[str]:
    found = await rows(pool, "SELECT basis FROM citation WHERE subject_id = $1 AND field = $2", id_, field)
    return [row["basis"] for row in found]


async def people(pool: "Pool", id_: str) -> list[tuple[Any, ...]]:
    found = await rows(
        pool,
        """SELECT person.name, role, office, attendance FROM signatory JOIN person ON person.id = person_id
        WHERE agreement_id = $1 ORDER BY position""",
        id_,
    )
    return [tuple(row.values()) for row in found]


async def test_kaohsiung_and_pristina(pool: "Pool") -> None:
    await load_release(pool, FOLDER / "2024-03-22-kaohsiung-pristina.json")
    row = await signed(pool, "Sister city agreement between Kaohsiung and Pristina")
    assert (row["kind"], row["status"], row["signed_on"]) == ("SISTER_CITY", "IN_FORCE", "2024-03-22")
    assert await people(pool, row["id"]) == [
        ("Chen Chi-mai", "SIGNATORY", "Mayor", "IN_PERSON"),
        ("Përparim Rama", "SIGNATORY", "Mayor", "IN_PERSON"),
        ("Liu Shih-chung", "WITNESS", "Taiwan's representative to Hungary", "REMOTE"),
    ]
    assert await areas(pool, row["id"]) == [
        *("smart traffic", "smart healthcare", "digital transformation", "culture", "education")
    ]
    assert await areas(pool, row["id"], "POTENTIAL") == [
        *("information and communications technology", "smart cities", "startup industry")
    ]
    claims = await rows(
        pool,
        """SELECT city.name, ordinal, "of" FROM ordinal_claim
        JOIN agreement_party AS party
            ON party.agreement_id = ordinal_claim.agreement_id AND party.position = party_position
        JOIN city ON city.id = city_id ORDER BY party_position""",
    )
    assert [tuple(claim.values()) for claim in claims] == [
        ("Kaohsiung", 39, "sister city"),
        ("Pristina", 1, "sister city in Asia"),
    ]
    planned = await signed(pool, "Memorandum of understanding between Kaohsiung Megabay and Innovation Centre Kosovo")
    assert (planned["status"], planned["signed_on"], planned["expected_on"]) == ("PLANNED", None, None)
    assert await people(pool, planned["id"]) == []
    visits = await rows(pool, "SELECT name, status, starts_on FROM event WHERE kind = 'VISIT' ORDER BY name")
    assert [tuple(visit.values()) for visit in visits] == [
        ("Visit of the mayor of Pristina to Kaohsiung", "HELD", None),
        ("Visit to the Kaohsiung Main Public Library", "PLANNED", None),
    ]
    columns = "arrived_on, departed_on, destination_country_code, members_complete"
    stay = await rows(pool, f"SELECT {columns} FROM delegation")
    assert [tuple(one.values()) for one in stay] == [("2024-03-18", "2024-03-23", "TW", False)]
    assert await rows(pool, "SELECT published_on, publisher FROM source") == [
        {"published_on": "2024-03-22", "publisher": "CNA"}
    ]


async def test_taipei_and_daegu(pool: "Pool") -> None:
    await load_release(pool, FOLDER / "2021-03-26-taipei-daegu.json")
    first = await signed(pool, "Sister city agreement between Taipei and Daegu")
    row = await signed(pool, "Agreement to Reaffirm Sister City Friendship")
    assert (first["signed_on"], row["signed_on"], row["reaffirms_id"]) == ("2010-11-04", "2021-03-26", first["id"])
    assert await basis(pool, row["id"], "signedOn") == await basis(pool, first["id"], "signedOn") == ["INFERRED"]
    planned = await signed(pool, "Memorandum on Mutual Tourism Promotion and Cooperation")
    assert (planned["status"], planned["expected_on"]) == ("PLANNED", "2021")
    bureaus = await rows(
        pool,
        """SELECT organization.kind FROM agreement_party JOIN organization ON organization.id = organization_id
        WHERE agreement_id = $1""",
        planned["id"],
    )
    assert bureaus == [{"kind": "MUNICIPAL_BODY"}] * 2
    events = await rows(pool, "SELECT name, starts_on FROM event")
    assert {event["name"]: event["starts_on"] for event in events} == {
        "Video conference of the mayors of Taipei and Daegu": "2021-03-26",
        "2021 Smart City Leaders Summit": "2021-03-23",
        "Taipei 2017 Universiade": "2017",
        "Opening ceremony of the Taipei 2017 Universiade": "2017",
        "Chimaek Festival": None,
        "World Water Cities Forum": None,
        "Anniversary visit of the mayor of Daegu to Taiwan": "2020",
    }
    leaders = await rows(
        pool, "SELECT name, role FROM delegation_member JOIN person ON person.id = delegation_member.person_id"
    )
    assert leaders == [{"name": "Kwon Young-jin", "role": "LEADER"}]
    assert await rows(pool, "SELECT publisher, published_on FROM source") == [{"publisher": None, "published_on": None}]


async def test_taipei_and_kyiv(pool: "Pool") -> None:
    await load_release(pool, FOLDER / "2023-taipei-kyiv.json")
    row = await signed(pool, "Memorandum of Understanding on City-to-City Cooperation")
    assert (row["kind"], row["signed_on"], row["event_id"]) == ("MEMORANDUM_OF_UNDERSTANDING", None, None)
    assert len(await areas(pool, row["id"])) == 8
    assert await areas(pool, row["id"], "POTENTIAL") == []
    assert [name for name, *_ in await people(pool, row["id"])] == ["Shu-Chuan Lee", "Volodymyr Bondarenko"]
    assert await basis(pool, row["id"], "signatories") == ["INFERRED"]
    sisters = await rows(
        pool,
        """SELECT city.name, signed_on FROM agreement JOIN agreement_party ON agreement_id = agreement.id
        JOIN city ON city.id = city_id WHERE agreement.kind = 'SISTER_CITY' ORDER BY position""",
    )
    assert [tuple(one.values()) for one in sisters] == [("Taipei", None), ("Warsaw", None)]
    gifts = await rows(
        pool,
        """SELECT amount::text, currency, given_on, city.name FROM contribution
        JOIN city ON city.id = recipient_city_id""",
    )
    assert [tuple(one.values()) for one in gifts] == [("300000", "EUR", "2022-04", "Warsaw")]
    members = await rows(
        pool, "SELECT name, role FROM delegation_member JOIN person ON person.id = person_id ORDER BY position"
    )
    assert [tuple(one.values()) for one in members] == [
        ("Volodymyr Bondarenko", "LEADER"),
        ("Valentyn Mondryivskyi", "MEMBER"),
        ("Grygorii Malenko", "MEMBER"),
        ("Ganna Bilokin", "MEMBER"),
    ]
    assert await rows(
        pool, "SELECT name FROM delegation_inviter JOIN organization ON organization.id = organization_id"
    ) == [{"name": "Ministry of Foreign Affairs"}]


async def test_new_taipei_and_five_cities(pool: "Pool") -> None:
    await load_release(pool, FOLDER / "2023-10-05-new-taipei-us-cities.json")
    memoranda = await rows(
        pool,
        """SELECT city.name, region, country_code, signed_on, agreement.id FROM agreement
        JOIN agreement_party ON agreement_id = agreement.id AND position = 2 JOIN city ON city.id = city_id
        ORDER BY city.name""",
    )
    assert [(one["name"], one["region"], one["signed_on"]) for one in memoranda] == [
        ("Aurora", "Colorado", "2023-10-05"),
        ("Cupertino", "California", "2023-10-05"),
        ("Holmdel", "New Jersey", "2023-10-05"),
        ("Johns Creek", "Georgia", "2023-10-05"),
        ("Saratoga", None, "2023-10-05"),
    ]
    assert {one["country_code"] for one in memoranda} == {"US"}
    for one in memoranda:
        assert await basis(pool, one["id"], "parties") == await basis(pool, one["id"], "signedOn") == ["INFERRED"]
    guests = await rows(
        pool,
        """SELECT person.name, participation.status FROM participation JOIN person ON person.id = person_id
        JOIN event ON event.id = event_id WHERE event.kind = 'PRESS_CONFERENCE' ORDER BY participation.position""",
    )
    assert [tuple(guest.values()) for guest in guests] == [
        ("Liou Her-Ran", "ATTENDED"),
        ("Kookie Fitzsimmons", "ATTENDED"),
        ("Hung Wei", "ATTENDED"),
        ("Patrick Ho", "INVITED"),
        ("Arend Zwartjes", "INVITED"),
    ]
    visits = await rows(pool, "SELECT status FROM event WHERE kind = 'VISIT'")
    assert visits == [{"status": "PLANNED"}] * 2
    assert await rows(
        pool,
        """SELECT name, due_on FROM programme JOIN programme_target ON programme_id = programme.id""",
    ) == [{"name": "New Taipei City International Education White Paper", "due_on": "2030"}]
    assert await rows(pool, "SELECT country_code FROM organization WHERE name = 'Ministry of Foreign Affairs'") == [
        {"country_code": "TW"}
    ]
    assert await rows(pool, "SELECT published_on FROM source") == [{"published_on": "2023-10-24"}]


async def test_the_smart_city_committee(pool: "Pool") -> None:
    await load_release(pool, FOLDER / "2020-12-25-kaohsiung-smart-city-committee.json")
    [row] = await rows(pool, "SELECT * FROM agreement")
    assert (row["kind"], row["parties_complete"]) == ("MEMORANDUM_OF_UNDERSTANDING", False)
    assert await basis(pool, row["id"], "signedOn") == ["INFERRED"]
    parties = await rows(
        pool,
        """SELECT coalesce(city.name, organization.name) AS name FROM agreement_party
        LEFT JOIN city ON city.id = agreement_party.city_id
        LEFT JOIN organization ON organization.id = organization_id ORDER BY position""",
    )
    assert [party["name"] for party in parties] == [
        *("Kaohsiung", "Siemens", "Chunghwa Telecom Co.", "FET", "TWM", "Compal", "Askey"),
        *("EstiNet Technologies Inc", "Studio X-Gene Co. LTD", "ARTC"),
    ]
    assert len(await areas(pool, row["id"])) == 6
    committee = await rows(
        pool, "SELECT id, established_on, members_complete FROM organization WHERE kind = 'COMMITTEE'"
    )
    assert [(one["established_on"], one["members_complete"]) for one in committee] == [("2020-12-25", False)]
    assert await count(pool, "membership") == 0
    panels = await rows(
        pool,
        """SELECT event.name, whole.kind, string_agg(person.name, ', ' ORDER BY position) AS panelists FROM event
        JOIN event whole ON whole.id = event.part_of_id JOIN participation ON event_id = event.id
        JOIN person ON person.id = person_id WHERE event.kind = 'PANEL' GROUP BY 1, 2 ORDER BY 1""",
    )
    assert [tuple(panel.values()) for panel in panels] == [
        ("Digital Industries X New Southbound", "ESTABLISHMENT", "Cheng-Hung Cho, Chun-Shen He"),
        ("Smart Governance X Big Data", "ESTABLISHMENT", "Audrey Tang, Lee-Feng Chien"),
    ]


SOURCE = {"title": "A report"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", r"bad\.json: is no JSON"),
        ("[]", r'bad\.json: must be an object with "source" and "records"'),
        ({"source": {}, "records": []}, r"bad\.json: source: title: is required"),
        ({"source": SOURCE, "records": [5]}, r"bad\.json: record 1: must be an object"),
        ({"source": SOURCE, "records": [{"as": "x", "party": {}}]}, r"record 1: must hold .* signing"),
        (
            {"source": SOURCE, "records": [{"as": "x", "event": {"kind": "EXPO"}}]},
            r"bad\.json: record 1 \(x\): event\.name: is required \[INVALID\]$",
        ),
        (
            {"source": SOURCE, "records": [{"event": {"kind": "EXPO", "name": "Expo", "partOf": "@whole"}}]},
            r"record 1 \(1\): no earlier record of the file is labelled 'whole'",
        ),
        (
            {"source": SOURCE, "records": [{"event": {"kind": "EXPO", "name": "Expo", "partOf": "evt_x"}}]},
            r"record 1 \(1\): event\.partOf: names no event of the registry \[NOT_FOUND\]",
        ),
        (
            {"source": SOURCE, "records": [{"as": "x", "event": {"kind": "EXPO", "name": "E"}}] * 2},
            r"record 1 \(x\): another record of the file carries this label too",
        ),
    ],
)
async def test_a_file_that_cannot_be_loaded_is_named_in_one_line(
    pool: "Pool", tmp_path: Path, content: object, message: str
) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(LoadError, match=message) as caught:
        await load_release(pool, path)
    assert "\n" not in str(caught.value)
    assert await count(pool, "event") == 0


async def test_a_file_that_is_not_there_is_named(pool: "Pool", tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"none\.json: cannot be read: No such file"):
        await load_release(pool, tmp_path / "none.json")


async def test_a_file_edited_after_loading_is_refused_and_an_interrupted_load_goes_on(
    pool: "Pool", tmp_path: Path
) -> None:
    path = tmp_path / "news.json"
    records = [{"as": f"expo-{number}", "event": {"kind": "EXPO", "name": f"Expo {number}"}} for number in range(3)]
    path.write_text(json.dumps({"source": SOURCE, "records": records[:2]}))
    await load_release(pool, path)
    path.write_text(json.dumps({"source": SOURCE, "records": records}))
    report = await load_release(pool, path)
    assert (report.recorded, report.present) == (1, 2)
    records[1]["event"] = {"kind": "EXPO", "name": "Another"}
    path.write_text(json.dumps({"source": SOURCE, "records": records}))
    with pytest.raises(LoadError, match=r"record 2 \(expo-1\): idempotencyKey: was used before"):
        await load_release(pool, path)


async def test_a_record_that_an_earlier_release_brought_in_gains_the_later_one_s_citations(pool: "Pool") -> None:
    for path in sorted(FOLDER.glob("*.json")):
        await load_release(pool, path)
    titles = await rows(
        pool,
        """SELECT DISTINCT source.title FROM citation JOIN source ON source.id = source_id
        JOIN city ON city.id = subject_id WHERE city.name = 'Kaohsiung' AND field = 'country'""",
    )
    assert len(titles) == 2
