"""The closed lists of the registry: each name is stored, published and explained as it stands here."""

from service.models.columns import Described


class OrganizationKind(Described):
    """What sort of body an organization is."""

    COMPANY = "COMPANY", "A business, listed or not."
    GOVERNMENT = "GOVERNMENT", "A ministry, an office or another body of a national government."
    MUNICIPAL_BODY = "MUNICIPAL_BODY", "A department, bureau or council of a city."
    COMMITTEE = "COMMITTEE", "A body convened for one subject, such as a smart city committee."
    SCHOOL = "SCHOOL", "A school, college or university."
    CULTURAL = "CULTURAL", "A library, museum, theatre or the like."
    INNOVATION = "INNOVATION", "An innovation centre, incubator, laboratory or technology park."
    ALLIANCE = "ALLIANCE", "A network whose members are cities or organizations."
    REPRESENTATIVE_OFFICE = "REPRESENTATIVE_OFFICE", "An office that represents its country where no embassy does."
    OTHER = "OTHER", "None of the others, or not known."


class AgreementKind(Described):
    """What the parties bound themselves to, as the instrument calls it."""

    SISTER_CITY = "SISTER_CITY", "A lasting twinning of two cities."
    FRIENDSHIP_CITY = "FRIENDSHIP_CITY", "A friendship between cities, looser than a twinning."
    COOPERATION = "COOPERATION", "An agreement to work together on named subjects."
    MEMORANDUM_OF_UNDERSTANDING = "MEMORANDUM_OF_UNDERSTANDING", "A memorandum that states shared aims."
    LETTER_OF_INTENT = "LETTER_OF_INTENT", "A letter that announces the wish to agree."
    REAFFIRMATION = "REAFFIRMATION", "A renewal of an earlier agreement."
    JOINT_DECLARATION = "JOINT_DECLARATION", "A statement that the parties made together."
    PROJECT = "PROJECT", "An agreement on one project with a scope of its own."
    SCHOOL_PARTNERSHIP = "SCHOOL_PARTNERSHIP", "A pairing of schools or school districts."
    OTHER = "OTHER", "None of the others, or not known."


class AgreementStatus(Described):
    """Where an agreement stands today."""

    PLANNED = "PLANNED", "Announced, and not known to have been signed."
    IN_FORCE = "IN_FORCE", "Signed, and neither ended nor past its term."
    SUSPENDED = "SUSPENDED", "Put on hold by a party."
    EXPIRED = "EXPIRED", "Its term has run out; follows from expiresOn."
    ENDED = "ENDED", "Ended by a party or by all of them."
    CANCELLED = "CANCELLED", "Announced and then given up before any signing."


class AreaStanding(Described):
    """How firmly an area of cooperation was named."""

    AGREED = "AGREED", "The instrument, or who announced it, names the area as agreed."
    POTENTIAL = "POTENTIAL", "Somebody named the area as one with potential."


class SignatoryRole(Described):
    """What a person did at the signing."""

    SIGNATORY = "SIGNATORY", "Signed for a party."
    WITNESS = "WITNESS", "Was present as a witness and did not sign."


class Attendance(Described):
    """How someone was present."""

    IN_PERSON = "IN_PERSON", "In the room."
    REMOTE = "REMOTE", "By video or telephone."


class EventKind(Described):
    """What sort of occasion an event is."""

    SIGNING_CEREMONY = "SIGNING_CEREMONY", "Held to sign an agreement."
    VISIT = "VISIT", "A visit to a city or to a place in it."
    SUMMIT = "SUMMIT", "A meeting of leaders."
    EXPO = "EXPO", "A fair or exhibition."
    FORUM = "FORUM", "A gathering for discussion, often recurring."
    CONFERENCE = "CONFERENCE", "A conference, in person or by video."
    PRESS_CONFERENCE = "PRESS_CONFERENCE", "Held for the press."
    MEETING = "MEETING", "A working meeting."
    PANEL = "PANEL", "A panel discussion, usually part of a larger event."
    FESTIVAL = "FESTIVAL", "A festival."
    SPORTS = "SPORTS", "A sports event."
    ESTABLISHMENT = "ESTABLISHMENT", "The founding or opening of a body."
    SOLIDARITY = "SOLIDARITY", "Held to stand by others."
    OTHER = "OTHER", "None of the others, or not known."


class EventStatus(Described):
    """Whether an event took place."""

    PLANNED = "PLANNED", "Announced, and not known to have taken place."
    HELD = "HELD", "Took place, or is taking place."
    POSTPONED = "POSTPONED", "Put off to a later date."
    CANCELLED = "CANCELLED", "Given up."


class EventMode(Described):
    """How the people at an event met."""

    IN_PERSON = "IN_PERSON", "Everyone on the spot."
    ONLINE = "ONLINE", "Everyone by video or telephone."
    HYBRID = "HYBRID", "Some on the spot, some remote."


class ParticipationRole(Described):
    """What someone was there to do."""

    HOST = "HOST", "Received the guests."
    ORGANIZER = "ORGANIZER", "Organized the event."
    CONVENER = "CONVENER", "Called the event, or the body it founded, together."
    SPEAKER = "SPEAKER", "Spoke."
    PANELIST = "PANELIST", "Sat on a panel or held one."
    GUEST = "GUEST", "Was there at the host's invitation."
    ATTENDEE = "ATTENDEE", "Took part with no other role stated."


class ParticipationStatus(Described):
    """How sure it is that someone took part; an invitation is not an attendance."""

    INVITED = "INVITED", "Was asked to come; nothing says whether they did."
    CONFIRMED = "CONFIRMED", "Said that they would come."
    ATTENDED = "ATTENDED", "Took part."
    DECLINED = "DECLINED", "Did not come."


class DelegationStatus(Described):
    """Whether a delegation travelled."""

    PLANNED = "PLANNED", "Announced, and not known to have travelled."
    COMPLETED = "COMPLETED", "Travelled."
    POSTPONED = "POSTPONED", "Put off to a later date."
    CANCELLED = "CANCELLED", "Given up."


class DelegationRole(Described):
    """A member's place in a delegation."""

    LEADER = "LEADER", "Leads the delegation; there is one at most."
    MEMBER = "MEMBER", "Travels with it."


class ContributionKind(Described):
    """What was given."""

    DONATION = "DONATION", "Money given."
    GIFT = "GIFT", "An object given."
    ASSISTANCE = "ASSISTANCE", "Help in kind."
    KNOWLEDGE_SHARING = "KNOWLEDGE_SHARING", "Experience passed on."
    PROMOTION = "PROMOTION", "Publicity for the other, such as its tourism."


class Basis(Described):
    """How a source supports a fact."""

    STATED = "STATED", "The source says so."
    INFERRED = "INFERRED", "It follows from what the source says."


class ChangeKind(Described):
    """What a change did to its subject."""

    CREATED = "CREATED", "The record came into the registry."
    UPDATED = "UPDATED", "Some of its fields changed."
    MERGED = "MERGED", "Another record was merged into it."
    RETRACTED = "RETRACTED", "It was taken back as recorded in error."
