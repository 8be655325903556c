"""What the cities do: agreements with their signings, events, delegations and contributions as rows.

Knows how often what happens. Who does it is the world's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from service.dates import PartialDate
from service.folding import fold
from service.generation.batch import Batch, Citations
from service.generation.chance import LAST_YEAR, Chance, hub, one_of, partial_date, past_year
from service.generation.world import City, World
from service.models.enums import AgreementKind, ContributionKind, EventKind

AGREEMENTS = 2_000  # a batch
RECORDED_BY = "generator"
_A_LOT = 1_000_000  # more citations or participations than an agreement has, so that their numbers never meet
_REMEMBERED = 500  # agreements that a later one may reaffirm
_KINDS = {
    AgreementKind.SISTER_CITY: (34, "Sister city agreement"),
    AgreementKind.MEMORANDUM_OF_UNDERSTANDING: (22, "Memorandum of understanding"),
    AgreementKind.FRIENDSHIP_CITY: (17, "Friendship city agreement"),
    AgreementKind.COOPERATION: (12, "Cooperation agreement"),
    AgreementKind.LETTER_OF_INTENT: (5, "Letter of intent"),
    AgreementKind.SCHOOL_PARTNERSHIP: (4, "School partnership"),
    AgreementKind.JOINT_DECLARATION: (3, "Joint declaration"),
    AgreementKind.PROJECT: (3, "Project agreement"),
}
_KIND_CHOICES = tuple(kind for kind, (weight, _) in _KINDS.items() for _ in range(weight))
_TITLES = {**{kind: title for kind, (_, title) in _KINDS.items()}, AgreementKind.REAFFIRMATION: "Reaffirmation"}
_STATUSES = ("IN_FORCE",) * 90 + ("PLANNED",) * 4 + ("ENDED",) * 3 + ("SUSPENDED",) * 2 + ("CANCELLED",)
_OCCASIONS = (EventKind.VISIT, EventKind.FORUM, EventKind.EXPO, EventKind.CONFERENCE, EventKind.MEETING)
Listed = tuple[str, date | None]
_GIFTS = {
    ContributionKind.DONATION: "Money for a school library",
    ContributionKind.GIFT: "A clock for the town hall",
    ContributionKind.ASSISTANCE: "Two fire engines",
    ContributionKind.KNOWLEDGE_SHARING: "Training in running trams",
}


@dataclass(frozen=True, slots=True)
class Signed:
    """An agreement that a later one may reaffirm."""

    id: str
    cities: tuple[City, ...]
    year: int


class Diplomacy:
    """Makes what happens in one batch, in the order in which it is recorded."""

    def __init__(self, world: World, areas: Sequence[str], start: int) -> None:
        """Take the world, the areas' identifiers, and the number of the first agreement."""
        self.world, self.areas, self.start = world, areas, start
        self.rng = Random(f"{world.seed}/{start}")  # noqa: S311 (keeps no secret)
        self.citations = Citations(world.identifiers.make, world.size.sources, start * _A_LOT)
        self.signed: list[Signed] = []
        self.participations = start * _A_LOT

    def batch(self) -> Batch:
        """Return everything that belongs to the batch's agreements."""
        batch = Batch()
        for number in range(self.start, min(self.start + AGREEMENTS, self.world.size.agreements)):
            self.add(batch, number)
            batch.agreements += 1
        return batch

    def add(self, batch: Batch, number: int) -> None:
        """Add an agreement, and its share of all that there is less or more of."""
        size = self.world.size
        events = self.share(number, size.events)
        cities, reaffirmed = self.parties(number)
        year = reaffirmed.year + 1 if reaffirmed else past_year(self.rng)
        ceremony = events.start if events and self.rng.random() < 0.8 else None
        for event in events:
            self.add_event(batch, number, event, cities, year, ceremony=event == ceremony)
        event_id = None if ceremony is None else self.id("evt", ceremony, number)
        self.add_agreement(batch, number, cities, year, event_id, reaffirmed)
        for delegation in self.share(number, size.delegations):
            self.add_delegation(batch, number, delegation, cities, year, event_id)
        for contribution in self.share(number, size.contributions):
            self.add_contribution(batch, number, contribution, cities, year)

    def share(self, number: int, count: int) -> range:
        """Return which of so many records belong beside the agreement of this number."""
        return range(number * count // self.world.size.agreements, (number + 1) * count // self.world.size.agreements)

    def id(self, prefix: str, number: int, agreement: int) -> str:
        """Return the identifier of a record that is recorded with an agreement."""
        return self.world.identifiers.make(prefix, number, self.world.agreement_at(agreement))

    def parties(self, number: int) -> tuple[tuple[City, ...], Signed | None]:
        """Choose the cities: mostly two, of different countries mostly; now and then those of an older agreement."""
        rng, world = self.rng, self.world
        if self.signed and rng.random() < 0.04:
            reaffirmed = one_of(rng, self.signed)
            if reaffirmed.year < LAST_YEAR:
                return reaffirmed.cities, reaffirmed
        count = 2 if rng.random() < 0.93 else 3 + hub(rng, 6)
        cities: dict[int, City] = {}
        while len(cities) < min(count, world.size.cities):
            city = world.any_city(rng)
            if cities and rng.random() < 0.8 and any(city.country == other.country for other in cities.values()):
                city = world.any_city(rng)
            cities[city.number] = city
        return tuple(cities.values()), None

    def add_agreement(
        self, batch: Batch, number: int, cities: tuple[City, ...], year: int, event_id: str | None, old: Signed | None
    ) -> None:
        """Add an agreement with its parties, signatories, areas and citations."""
        rng, world = self.rng, self.world
        at, id_ = world.agreement_at(number), self.id("agr", number, number)
        kind = AgreementKind.REAFFIRMATION if old else one_of(rng, _KIND_CHOICES)
        names = [city.name for city in cities[:5]]
        title = f"{_TITLES[kind]} between {', '.join(names[:-1])} and {names[-1]}"
        status = one_of(rng, _STATUSES)
        signed = status not in ("PLANNED", "CANCELLED")
        signed_on = partial_date(rng, year) if signed and rng.random() < 0.95 else None
        expected_on = partial_date(rng, LAST_YEAR + 1 + int(rng.random() * 4)) if status == "PLANNED" else None
        effective_on = partial_date(rng, year + 1) if signed and rng.random() < 0.05 else None
        expires_on = partial_date(rng, year + 3 + int(rng.random() * 12)) if signed and rng.random() < 0.3 else None
        ended_on = partial_date(rng, year + 1 + int(rng.random() * 9)) if status == "ENDED" else None
        ended_by = cities[0].id if status == "ENDED" and rng.random() < 0.5 else None
        summary = self.summary(cities) if rng.random() < 0.6 else None
        programme = world.programme(hub(rng, world.size.programmes)) if rng.random() < 0.05 else None
        reference = f"GEN-{world.seed}-{number:08}" if rng.random() < 0.4 else None
        dates = (expected_on, signed_on, effective_on, expires_on, ended_on)
        links = (ended_by, summary, True, event_id, old and old.id, programme, reference, RECORDED_BY)
        batch.add("agreement", id_, kind.value, title, fold(title), status, *dates, *links, at, at)
        listed = kind.value, PartialDate.parse(signed_on).earliest if signed_on else None
        self.add_parties(batch, id_, cities, listed, rng, signed)
        self.add_areas(batch, id_)
        self.citations.cite(batch, rng, id_, at, world.source)
        if signed_on and rng.random() < 0.3:
            self.citations.cite(batch, rng, id_, at, world.source, "signedOn")
        facts = {"expectedOn": expected_on, "signedOn": signed_on, "effectiveOn": effective_on, "expiresOn": expires_on}
        rest = {"endedOn": ended_on, "endedBy": ended_by, "summary": summary, "event": event_id, "programme": programme}
        known = {"kind": True, "title": True, "status": True, "parties": True, "areas": True}
        batch.record(id_, at, signed, **known, **facts, **rest, reaffirms=old, externalReference=reference)
        if signed:
            self.remember(Signed(id_, cities, year), number)

    def remember(self, signed: Signed, number: int) -> None:
        """Keep some agreements that later ones may reaffirm."""
        if len(self.signed) < _REMEMBERED:
            self.signed.append(signed)
        else:
            self.signed[number % _REMEMBERED] = signed

    def summary(self, cities: tuple[City, ...]) -> str:
        """Return a sentence about an agreement."""
        return f"{cities[0].name} and its partners exchange visits, staff and what they learn from each other."

    def add_parties(
        self, batch: Batch, id_: str, cities: tuple[City, ...], listed: Listed, rng: Chance, signed: bool
    ) -> None:
        """Add the parties, now and then an organization beside them, who signed for them and who watched.

        Each carries its country, and by what agreements are listed: kind and earliest day.
        """
        world, people = self.world, 0
        for position, city in enumerate(cities, 1):
            as_signed = f"City of {city.name}" if rng.random() < 0.1 else None
            batch.add("agreement_party", id_, position, city.id, None, as_signed, city.country, *listed)
            if rng.random() < 0.01:
                batch.add("ordinal_claim", id_, position, 1, 1 + hub(rng, 60), "sister city", None)
            mayor = world.mayor(city, rng) if signed else None
            if mayor is not None and rng.random() < 0.95:
                people += 1
                attendance = "IN_PERSON" if rng.random() < 0.7 else "REMOTE" if rng.random() < 0.2 else None
                who = world.person(mayor).id, world.words(city).mayor
                batch.add("signatory", id_, people, *who, "SIGNATORY", attendance, city.id)
        if listed[0] in (AgreementKind.PROJECT, AgreementKind.SCHOOL_PARTNERSHIP) or rng.random() < 0.03:
            number = world.any_organization(rng)
            party = None, world.organization(number), None, world.seat(number).country
            batch.add("agreement_party", id_, len(cities) + 1, *party, *listed)
        if signed and rng.random() < 0.1:
            witness = world.person(hub(rng, world.size.people)).id
            batch.add("signatory", id_, people + 1, witness, None, "WITNESS", None, None)

    def add_areas(self, batch: Batch, id_: str) -> None:
        """Add the areas that an agreement covers: none to four, the usual ones more often."""
        rng = self.rng
        chosen = dict.fromkeys(hub(rng, len(self.areas)) for _ in range(int(rng.random() * 5)))
        for position, area in enumerate(chosen, 1):
            standing = "AGREED" if rng.random() < 0.85 else "POTENTIAL"
            batch.add("agreement_area", id_, position, self.areas[area], standing)

    def add_event(
        self, batch: Batch, agreement: int, number: int, cities: tuple[City, ...], year: int, *, ceremony: bool
    ) -> None:
        """Add an event: an agreement's signing ceremony, or another occasion of its cities."""
        rng, world, at = self.rng, self.world, self.world.agreement_at(agreement)
        id_, city = self.id("evt", number, agreement), cities[0]
        kind = EventKind.SIGNING_CEREMONY if ceremony else one_of(rng, _OCCASIONS)
        name = f"{'Signing ceremony' if ceremony else kind.value.capitalize()} of {city.name} and {cities[-1].name}"
        starts_on = partial_date(rng, year) if rng.random() < 0.92 else None
        status = "HELD" if rng.random() < 0.95 else one_of(rng, ("PLANNED", "POSTPONED", "CANCELLED"))
        mode = one_of(rng, ("IN_PERSON", "IN_PERSON", "ONLINE", "HYBRID", None))
        venue = f"{city.name} City Hall" if rng.random() < 0.5 else None
        description = f"Guests from {cities[-1].name} came to {city.name}." if rng.random() < 0.4 else None
        facts = (kind.value, name, fold(name), status, starts_on, None, mode, venue, city.id, description)
        batch.add("event", id_, *facts, at, at)
        batch.add("event_host", id_, 1, city.id)
        for position, guest in enumerate(cities[1:], 1):
            mayor = world.mayor(guest, rng)
            attended = rng.random() < 0.8
            attendance = "IN_PERSON" if attended and rng.random() < 0.8 else None
            who = None if mayor is None else world.person(mayor).id
            status = "ATTENDED" if attended else "INVITED"
            participation = self.id("ptn", self.participations, agreement)
            self.participations += 1
            batch.add("participation", participation, id_, position, who, guest.id, None, "GUEST", status, attendance)
        batch.record(
            id_, at, kind=kind, name=name, status=status, startsOn=starts_on, mode=mode, venue=venue, city=city
        )

    def add_delegation(
        self, batch: Batch, agreement: int, number: int, cities: tuple[City, ...], year: int, event_id: str | None
    ) -> None:
        """Add a delegation from the agreement's last city to its first."""
        rng, world, at = self.rng, self.world, self.world.agreement_at(agreement)
        id_, host, guest = self.id("del", number, agreement), cities[0], cities[-1]
        name = f"Delegation of {guest.name} to {host.name}"
        arrived_on = partial_date(rng, year) if rng.random() < 0.9 else None
        status = "COMPLETED" if rng.random() < 0.9 else "PLANNED"
        facts = (status, guest.id, False, host.id, host.country, arrived_on, "To meet those who signed.")
        batch.add("delegation", id_, name, fold(name), *facts, at, at)
        leader = world.mayor(guest, rng)
        people = dict.fromkeys(([] if leader is None else [leader]) + [hub(rng, world.size.people) for _ in range(2)])
        for position, person in enumerate(people, 1):
            leads = person == leader
            office = world.words(guest).mayor if leads else None
            role = "LEADER" if leads else "MEMBER"
            batch.add("delegation_member", id_, position, world.person(person).id, office, role)
        batch.add("delegation_host", id_, 1, host.id)
        if rng.random() < 0.6:
            batch.add("delegation_inviter", id_, 1, host.id)
        if event_id is not None:
            batch.add("delegation_event", id_, 1, event_id)
        batch.record(id_, at, name=name, status=status, members=True, destinationCity=host, arrivedOn=arrived_on)

    def add_contribution(self, batch: Batch, agreement: int, number: int, cities: tuple[City, ...], year: int) -> None:
        """Add something that the agreement's first city gave to its last."""
        rng, at = self.rng, self.world.agreement_at(agreement)
        id_, kind = self.id("con", number, agreement), one_of(rng, tuple(_GIFTS))
        amount = Decimal(1 + hub(rng, 500)) * 1000 if kind is ContributionKind.DONATION else None
        given_on = partial_date(rng, year) if rng.random() < 0.9 else None
        sum_ = (amount, None if amount is None else one_of(rng, ("USD", "EUR", "TWD", "JPY")))
        batch.add("contribution", id_, kind.value, cities[0].id, cities[-1].id, given_on, _GIFTS[kind], *sum_, at, at)
        batch.record(id_, at, kind=kind, giver=True, recipient=True, givenOn=given_on, description=True, amount=amount)
