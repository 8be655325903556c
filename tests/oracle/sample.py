"""A small random registry: every table filled, within every constraint, the same for the same seed.

It holds what is easily answered wrongly: unknown values, ties in every order, dates of each precision, terms
that end today, records that were retracted or merged, and names in many scripts.
"""

from decimal import Decimal

import asyncpg
from sqlmodel import SQLModel

from service.folding import fold
from tests.oracle.draws import INSTANTS, Draws, Values

COUNTRIES = {
    "TW": {"en": "Taiwan", "zh": "台湾", "zh-Hant": "台灣", "de": "Taiwan"},
    "XK": {"en": "Kosovo", "sq": "Kosova", "zh": "科索沃"},
    "US": {"en": "United States", "de": "Vereinigte Staaten"},
    "SV": {"es": "El Salvador"},
    "PW": {},
}
CITIES = ("Kaohsiung", "Pristina", "Holmdel", "Łódź", "São Paulo", "kaohsiung", "Zürich", "Ōsaka", "Koror", "A b")
NATIVE = (None, None, "高雄市", "Prishtinë", "大阪市", "Київ", 'quote " \\ slash')
PEOPLE = ("Chen Chi-mai", "CHEN CHI MAI", "Përparim Rama", "Nguyễn An", "José", "Ann", "陳其邁", "O'Neil")

SUBJECTS = ("city", "organization", "person", "agreement", "event", "delegation", "contribution", "programme")


class Sample(Draws):
    """Makes the rows of one registry."""

    def __init__(self, seed: int) -> None:
        """Make all rows."""
        super().__init__(seed)
        for make in (self.places, self.parties, self.events, self.agreements, self.delegations, self.evidence):
            make()
        self.changes()

    def places(self) -> None:
        """Make countries, cities and areas."""
        self.add("country", ({"code": code} for code in COUNTRIES))
        for code, names in COUNTRIES.items():
            self.add("country_name", ({"country_code": code, "language": k, "name": v} for k, v in names.items()))
        for number in range(self.random.randint(6, 12)):
            placed = self.chance(0.7)
            city = self.record(
                "cty",
                **self.named(self.random.choice(CITIES)),
                native_name=self.random.choice(NATIVE),
                country_code=self.random.choice(("TW", "TW", "XK", "US", "SV")),
                region=self.maybe(self.random.choice(("New Jersey", "new jersey", "Kosovë")), 0.5),
                latitude=self.random.choice((22.6163, -0.5, 0.0, 42.0)) if placed else None,
                longitude=self.random.choice((120.31, -74.0, 1e-05)) if placed else None,
                population=self.maybe(self.random.choice((0, 2_700_000, 2_700_000, 17_000))),
                time_zone=self.maybe("Asia/Taipei"),
                geonames_id=self.maybe(1000 + number),
                wikidata_id=self.maybe(f"Q{number}"),
                merged_into_id=None,
            )
            self.add("city", [city])
            given = {(self.random.choice(("en", "de", "zh-Hant", "zh")), self.random.choice(CITIES)) for _ in "123"}
            self.add("city_name", ({"city_id": city["id"], "language": k, "name": v} for k, v in sorted(given)))
        self.merge("city")
        areas = ("smart-healthcare", "education", "tourism", "smart-city", "zero")
        self.add("area", ({**self.bare("are"), "slug": slug, "name": slug.title()} for slug in areas))

    def parties(self) -> None:
        """Make organizations, people, their offices and memberships, and programmes."""
        self.add("organization", ())
        for _ in range(self.random.randint(4, 8)):
            organization = self.record(
                "org",
                **self.named(self.word()),
                native_name=self.random.choice(NATIVE),
                kind=self.member("organization", "kind"),
                city_id=self.some("city", 0.7),
                country_code=self.maybe(self.random.choice(("TW", "XK")), 0.7),
                **(self.party("part_of_", 0.5) if self.rows["organization"] else self.party("part_of_", 0)),
                established_on=self.date(),
                website=self.maybe("https://example.org/"),
                members_complete=self.chance(0.5),
                merged_into_id=None,
            )
            self.add("organization", [organization])
        self.merge("organization")
        people = (
            self.record("per", **self.named(name), native_name=self.random.choice(NATIVE), merged_into_id=None)
            for name in self.random.choices(PEOPLE, k=self.random.randint(5, 9))
        )
        self.add("person", people)
        self.merge("person")
        self.spellings()
        for person in self.rows["person"]:
            for position in self.few(2):
                office = {"person_id": person["id"], "position": position, "title": self.word()}
                self.add("office", [{**office, **self.party("of_", 0.6), **self.period("from_on", "to_on")}])
        for organization in self.rows["organization"]:
            for position in self.few(2):
                member = {"organization_id": organization["id"], "position": position, "role": self.word()}
                self.add(
                    "membership", [{**member, "person_id": self.some("person"), **self.period("from_on", "to_on")}]
                )
        for _ in range(4):
            self.programme()

    def spellings(self) -> None:
        """Make the spellings by which cities, organizations and people are found."""
        found = set()
        for table in ("city", "organization", "person"):
            for row in self.rows[table]:
                names = [row["name"], row["native_name"] or ""]
                names += [named["name"] for named in self.rows["city_name"] if named["city_id"] == row["id"]]
                found |= {(fold(name), row["id"]) for name in names}
        self.add("spelling", ({"folded": folded, "subject_id": id_} for folded, id_ in sorted(found) if folded))

    def period(self, first: str, then: str) -> Values:
        """Return two dates, of which the second does not end before the first begins."""
        return self.dates_in_order([(first, then)], lambda: {first: self.date(), then: self.date()})

    def programme(self) -> None:
        """Make a programme with partners and targets."""
        made = self.record(
            "prg",
            **self.named(self.word()),
            **self.party("owner_"),
            started_on=self.date(),
            description=self.maybe(self.word()),
        )
        self.add("programme", [made])
        key = {"programme_id": made["id"]}
        self.add("programme_partner", ({**key, "position": at, **self.party()} for at in self.few()))
        targets = ({**key, "position": at, "description": self.word(), "due_on": self.date()} for at in self.few())
        self.add("programme_target", targets)

    def events(self) -> None:
        """Make events, hosts, participations and contributions."""
        self.add("event", ())
        for _ in range(self.random.randint(6, 10)):
            event = self.record(
                "evt",
                **self.named(self.word()),
                kind=self.member("event", "kind"),
                status=self.member("event", "status"),
                **self.period("starts_on", "ends_on"),
                mode=self.maybe(self.member("event", "mode")),
                venue=self.maybe(self.word()),
                city_id=self.some("city", 0.6),
                part_of_id=self.some("event", 0.5),
                description=self.maybe(self.word()),
            )
            self.add("event", [event])
            key = {"event_id": event["id"]}
            self.add("event_host", ({**key, "position": at, **self.party()} for at in self.few()))
            self.add("participation", (self.participation(event["id"], at) for at in self.few(4)))
        for _ in range(8):
            self.contribution()

    def participation(self, event: str, position: int) -> Values:
        """Return somebody's taking part in an event."""
        person, status = self.some("person", 0.7), self.member("participation", "status")
        present = status in ("CONFIRMED", "ATTENDED")
        return {
            **self.bare("ptn"),
            "event_id": event,
            "position": position,
            "person_id": person,
            **self.party("", 0.5 if person else 1),
            "office": self.maybe(self.word()),
            "role": self.member("participation", "role"),
            "status": status,
            "attendance": self.maybe(self.member("participation", "attendance")) if present else None,
        }

    def contribution(self) -> None:
        """Make a contribution."""
        amount = self.maybe(Decimal(self.random.choice(("300000.00", "0.10", "12345678901234567890.5", "7"))))
        made = self.record(
            "con",
            kind=self.member("contribution", "kind"),
            **self.party("giver_"),
            **self.party("recipient_", 0.6),
            given_on=self.date(),
            description=self.word(),
            amount=amount,
            currency=None if amount is None else "TWD",
            purpose=self.maybe(self.word()),
            presented_by_id=self.some("person", 0.5),
            event_id=self.some("event", 0.6),
        )
        self.add("contribution", [made])

    def agreements(self) -> None:
        """Make agreements, and all that hangs on one but ordinals."""
        self.add("agreement", ())
        for number in range(self.random.randint(16, 24)):
            self.agreement(number)

    def agreement(self, number: int) -> None:
        """Make an agreement."""
        status = self.random.choice(("IN_FORCE", "IN_FORCE", self.member("agreement", "status")))
        made = self.record(
            "agr",
            kind=self.member("agreement", "kind"),
            title=(title := self.word()),
            title_folded=fold(title),
            status=status,
            **self.dates_in_order(
                [("signed_on", "expires_on"), ("effective_on", "expires_on"), ("signed_on", "ended_on")],
                lambda: {
                    "expected_on": self.date(),
                    "signed_on": None if status == "PLANNED" else self.date(),
                    "effective_on": self.date(),
                    "expires_on": self.term(),
                    "ended_on": self.date(),
                },
            ),
            **self.party("ended_by_", 0.3),
            end_note=self.maybe(self.word(), 0.3),
            summary=self.maybe(self.word()),
            parties_complete=self.chance(0.5),
            event_id=self.some("event", 0.6),
            reaffirms_id=self.some("agreement", 0.3),
            amends_id=self.some("agreement", 0.2),
            supersedes_id=self.some("agreement", 0.2),
            programme_id=self.some("programme", 0.4),
            external_reference=self.maybe(f"Ref-{number % 9}" + "x" * (number // 9)),
            recorded_by="sample",
        )
        self.add("agreement", [made])
        self.around_agreement({"agreement_id": made["id"]})

    def around_agreement(self, key: Values) -> None:
        """Make an agreement's parties, signatories and areas."""
        parties: list[Values] = []
        if self.chance(0.4):  # two cities that have much together
            parties = [{"city_id": city["id"], "organization_id": None} for city in self.rows["city"][:2]]
        for _ in range(self.random.randint(0, 3)):
            party = self.party()
            if party not in parties:
                parties.append(party)
        for at, party in enumerate(parties, 1):
            self.add(
                "agreement_party", [{**key, "position": at, **party, "name_as_signed": self.maybe(self.word(), 0.3)}]
            )
        for at in self.few(4):
            signatory = {
                **key,
                "position": at,
                "person_id": self.some("person"),
                "office": self.maybe(self.word()),
                "role": self.member("signatory", "role"),
                "attendance": self.maybe(self.member("signatory", "attendance")),
                **(self.random.choice(parties) if parties and self.chance(0.7) else self.party("", 0)),
            }
            self.add("signatory", [signatory])
        wanted = {(self.some("area"), self.member("agreement_area", "standing")) for _ in self.few()}
        for at, (area, standing) in enumerate(sorted(wanted), 1):
            covered = {"area_id": area, "standing": standing, "proposed_by_id": self.some("person", 0.5)}
            self.add("agreement_area", [{**key, "position": at, **covered}])

    def delegations(self) -> None:
        """Make delegations, and all that hangs on one."""
        for _ in range(self.random.randint(5, 9)):
            made = self.record(
                "del",
                **self.named(self.word()),
                status=self.member("delegation", "status"),
                **self.party("from_"),
                members_complete=self.chance(0.5),
                destination_city_id=self.some("city", 0.6),
                destination_country_code=self.maybe("TW"),
                **self.period("arrived_on", "departed_on"),
                purpose=self.maybe(self.word()),
            )
            self.add("delegation", [made])
            key = {"delegation_id": made["id"]}
            led = self.chance(0.6)
            for at in self.few():
                role = "LEADER" if led and at == 2 else "MEMBER"
                member = {"person_id": self.some("person"), "office": self.maybe(self.word()), "role": role}
                self.add("delegation_member", [{**key, "position": at, **member}])
            self.add("delegation_inviter", ({**key, "position": at, **self.party()} for at in self.few(2)))
            for at in self.few(2):
                who = {"person_id": self.some("person", 0.5), "office": self.maybe(self.word())}
                self.add("delegation_host", [{**key, "position": at, **self.party(), **who}])
            events = ({**key, "position": at, "event_id": self.some("event")} for at in self.few())
            self.add("delegation_event", events)

    def evidence(self) -> None:
        """Make sources, citations, and the ordinals that sources claim."""
        for _ in range(5):
            source = {
                **self.bare("src"),
                "title": self.word(),
                "publisher": self.maybe(self.word()),
                "published_on": self.date(),
                "url": self.maybe("http://example.org/a"),
                "language": self.maybe(self.random.choice(("en", "zh-Hant"))),
            }
            self.add("source", [source])
        for _ in range(60):
            citation = {
                **self.bare("cit"),
                "subject_id": self.random.choice(self.rows[self.random.choice(SUBJECTS)])["id"],
                "source_id": self.some("source"),
                "field": self.maybe("signedOn", 0.5),
                "locator": self.maybe("paragraph 3"),
                "basis": self.member("citation", "basis"),
                "note": self.maybe(self.word()),
            }
            self.add("citation", [citation])
        for party in self.rows["agreement_party"]:
            key = {"agreement_id": party["agreement_id"], "party_position": party["position"]}
            for at in self.few(1):
                claim = {"ordinal": self.random.randint(1, 99), "of": "sister city"}
                self.add("ordinal_claim", [{**key, "position": at, **claim, "citation_id": self.some("citation", 0.5)}])

    def changes(self) -> None:
        """Make the feed: several changes of many records, also of those taken back and of duplicates."""
        subjects = [row["id"] for table in SUBJECTS for row in self.rows[table]]
        for seq in range(1, self.random.randint(90, 150)):
            change = {
                "seq": seq,
                "at": self.random.choice(INSTANTS),
                "actor": self.word(),
                "kind": self.member("change", "kind"),
                "subject_id": self.random.choice(subjects),
                "version": self.random.randint(1, 9),
                "fields": self.random.choice(([], ["signedOn"], ["title", "parties"], ['"quoted"', "a, b"])),
                "signing": self.chance(0.2),
                "hash": self.random.randbytes(32),
            }
            self.add("change", [change])


async def fill(url: str, seed: int) -> None:
    """Fill an empty registry at random; the countries that it came with make room for a few."""
    rows = Sample(seed).rows
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("TRUNCATE country, country_name CASCADE")
        for table in SQLModel.metadata.sorted_tables:
            if made := rows.get(table.name):
                columns = ", ".join(f'"{column}"' for column in made[0])
                values = ", ".join(f"${number}" for number, _ in enumerate(made[0], 1))
                insert = f'INSERT INTO "{table.name}" ({columns}) VALUES ({values})'
                await connection.executemany(insert, [[row[column] for column in made[0]] for row in made])
        last = rows["change"][-1]
        await connection.execute("UPDATE feed_head SET seq = $1, hash = $2", last["seq"], last["hash"])
    finally:
        await connection.close()
