from decimal import Decimal

from service.fingerprint import fingerprint
from service.giving import RecordContributionInput
from service.party_inputs import CreateCityInput
from tests.factories import city_party, parties, signing


def test_the_same_facts_written_otherwise_are_the_same_input() -> None:
    plain = signing(title="Café")
    other = signing(
        "another key",
        title="Cafe\u0301",
        summary=None,
        partiesComplete=None,
        validateOnly=True,
        parties=[dict(reversed({"party": one["party"], "ordinals": None}.items())) for one in parties()],
    )
    assert fingerprint("recordSigning", plain) == fingerprint("recordSigning", other)


def test_numbers_are_compared_by_value() -> None:
    def city(latitude: float) -> bytes:
        facts = {"name": "X", "country": "TW", "latitude": latitude, "longitude": 1}
        return fingerprint("createCity", CreateCityInput.model_validate({"idempotencyKey": "k", "city": facts}))

    def gift(amount: str) -> bytes:
        facts = {"kind": "DONATION", "giver": city_party(), "description": "Money", "currency": "EUR"}
        payload = RecordContributionInput.model_validate({"idempotencyKey": "k", "amount": amount, **facts})
        assert payload.amount == Decimal(amount)
        return fingerprint("recordContribution", payload)

    assert city(1) == city(1.0) != city(1.5)
    assert gift("300000") == gift("300000.00") == gift("3E5") != gift("300001")


def test_other_facts_another_order_and_another_operation_differ() -> None:
    made = {
        fingerprint("recordSigning", signing()),
        fingerprint("announceAgreement", signing()),
        fingerprint("recordSigning", signing(title="A title")),
        fingerprint("recordSigning", signing(signedOn="2024-03")),
        fingerprint("recordSigning", signing(parties=list(reversed(parties())))),
        fingerprint("recordSigning", signing(partiesComplete=False)),
    }
    assert len(made) == 6
