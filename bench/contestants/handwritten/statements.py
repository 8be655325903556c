"""The best SQL by hand for each question, which answers the same JSON as the service.

Written as one would for speed: a page's keys from an index first, relations to one and lists as subselects where that
is quicker than joins, and nothing computed that the answer does not show.
"""

_STATUS = """CASE WHEN {0}.status IN ('IN_FORCE', 'SUSPENDED') AND {0}.expires_on_latest < current_date
    THEN 'EXPIRED' ELSE {0}.status END"""

_LISTED = f"""
json_build_object(
    'id', page.id,
    'title', page.title,
    'kind', page.kind,
    'status', {_STATUS.format("page")},
    'signedOn', page.signed_on,
    'parties', (
        SELECT json_agg(json_build_object(
            'position', position,
            'nameAsSigned', name_as_signed,
            'party', CASE WHEN party.city_id IS NOT NULL THEN (
                SELECT json_build_object(
                    '__typename', 'City', 'id', id, 'name', city.name, 'nativeName', native_name,
                    'country', json_build_object('code', city.country_code, 'name', home.name))
                FROM city LEFT JOIN country_name home ON home.country_code = city.country_code AND home.language = 'en'
                WHERE id = party.city_id
            ) ELSE (
                SELECT json_build_object(
                    '__typename', 'Organization', 'id', id, 'name', body.name, 'kind', kind,
                    'seatedIn', CASE WHEN body.country_code IS NOT NULL
                        THEN json_build_object('code', body.country_code, 'name', seat.name) END)
                FROM organization body
                    LEFT JOIN country_name seat ON seat.country_code = body.country_code AND seat.language = 'en'
                WHERE id = party.organization_id
            ) END
        ) ORDER BY position)
        FROM agreement_party party WHERE party.agreement_id = page.id),
    'signatories', (
        SELECT coalesce(json_agg(json_build_object(
            'role', role, 'office', office, 'attendance', attendance,
            'person', (SELECT json_build_object('id', id, 'name', name, 'nativeName', native_name)
                FROM person WHERE id = person_id)
        ) ORDER BY position), '[]')
        FROM signatory WHERE agreement_id = page.id AND role = 'SIGNATORY'),
    'areas', (
        SELECT coalesce(json_agg(json_build_object(
            'standing', standing, 'area', (SELECT json_build_object('slug', slug, 'name', name)
                FROM area WHERE id = area_id)
        ) ORDER BY position), '[]')
        FROM agreement_area WHERE agreement_id = page.id),
    'event', (
        SELECT json_build_object(
            'id', id, 'name', name, 'kind', kind, 'startsOn', starts_on, 'venue', venue,
            'city', (SELECT json_build_object('id', id, 'name', name) FROM city WHERE id = event.city_id))
        FROM event WHERE id = page.event_id)
)
"""


def _page(condition: str, size: int, key: str, direction: str, tag: str) -> str:
    """Write a page of agreements: its rows, whether there are more, and the last one's cursor."""
    other = "" if direction else "DESC"
    return f"""
WITH page AS (
    SELECT id, title, kind, status, signed_on, event_id, expires_on_latest, {key} AS key
    FROM agreement
    WHERE retracted_at IS NULL {condition}
    ORDER BY {key} {direction}, id {direction}
    LIMIT {size + 1}
)
SELECT json_build_object('data', json_build_object('agreements', json_build_object(
    'nodes', (
        SELECT coalesce(json_agg({_LISTED} ORDER BY page.key {direction}, page.id {direction}), '[]')
        FROM (SELECT * FROM page LIMIT {size}) page),
    'pageInfo', json_build_object(
        'hasNextPage', (SELECT count(*) > {size} FROM page),
        'endCursor', (
            SELECT translate(encode(convert_to(json_build_array('{tag}', key, id)::text, 'UTF8'), 'base64'),
                E'+/=\\n', '-_')
            FROM (SELECT * FROM page LIMIT {size}) page ORDER BY key {other}, id {other} LIMIT 1))
)))
"""


def page(size: int) -> str:
    """Write a page of the newest agreements; a size known to the planner gives a better plan than a parameter."""
    return _page("", size, "coalesce(signed_on_earliest, '-infinity')", "DESC", "Agreement:signed_on_earliest-,id-")


# The index names all that there is of a country and a kind in a window; one plan does for any of them.
FILTERED = _page(
    """AND id IN (
        WITH found AS MATERIALIZED (
            SELECT agreement_id FROM agreement_party
            WHERE party_country_code = $2::text AND city_id IS NOT NULL
                AND agreement_kind = $1::text AND agreement_retracted_at IS NULL
                AND coalesce(agreement_signed_on_earliest, '-infinity') BETWEEN $3::text::date AND $4::text::date)
        SELECT agreement_id FROM found)
    AND signed_on_latest <= $4::text::date""",
    20,
    "title_folded",
    "",
    "Agreement:title_folded+,id+",
)

BY_ID = f"""
SELECT json_build_object('data', json_build_object('agreement', (
    SELECT json_build_object(
        'id', id, 'title', title, 'kind', kind, 'status', {_STATUS.format("agreement")}, 'signedOn', signed_on,
        'parties', (
            SELECT json_agg(json_build_object('position', position, 'party', CASE
                WHEN city.id IS NOT NULL
                    THEN json_build_object('__typename', 'City', 'id', city.id, 'name', city.name)
                ELSE json_build_object('__typename', 'Organization', 'id', body.id, 'name', body.name) END
            ) ORDER BY position)
            FROM agreement_party party
                LEFT JOIN city ON city.id = party.city_id
                LEFT JOIN organization body ON body.id = party.organization_id
            WHERE agreement_id = agreement.id))
    FROM agreement WHERE id = $1::text AND retracted_at IS NULL)))
"""

DEEP = f"""
SELECT json_build_object('data', json_build_object('city', (
    SELECT json_build_object(
        'id', city.id, 'name', city.name,
        'country', json_build_object('code', city.country_code, 'name', home.name),
        'partners', json_build_object('nodes', (
            SELECT coalesce(json_agg(json_build_object(
                'id', other.id, 'name', other.name,
                'country', json_build_object('code', other.country_code, 'name', abroad.name),
                'agreements', json_build_object('nodes', (
                    SELECT coalesce(json_agg(json_build_object(
                        'id', a.id, 'title', a.title, 'kind', a.kind, 'status', {_STATUS.format("a")},
                        'signedOn', a.signed_on,
                        'signatories', (
                            SELECT coalesce(json_agg(json_build_object(
                                'office', office, 'person', json_build_object('id', person.id, 'name', person.name)
                            ) ORDER BY position), '[]')
                            FROM signatory JOIN person ON person.id = person_id
                            WHERE agreement_id = a.id AND role = 'SIGNATORY')
                    ) ORDER BY signed DESC, a.id DESC), '[]')
                    FROM (
                        SELECT agreement_id, coalesce(agreement_signed_on_earliest, '-infinity') AS signed
                        FROM agreement_party
                        WHERE city_id = other.id AND agreement_retracted_at IS NULL
                        ORDER BY signed DESC, agreement_id DESC LIMIT 5
                    ) newest JOIN agreement a ON a.id = agreement_id))
            ) ORDER BY newest DESC, other.id DESC), '[]')
            FROM (
                SELECT theirs.city_id, max(coalesce(signed_on_earliest, '0001-01-01')) AS newest
                FROM agreement_party ours
                    JOIN agreement ON agreement.id = ours.agreement_id
                    JOIN agreement_party theirs ON theirs.agreement_id = agreement.id
                WHERE ours.city_id = city.id AND theirs.city_id <> city.id AND retracted_at IS NULL
                    AND {_STATUS.format("agreement")} = 'IN_FORCE'
                GROUP BY 1 ORDER BY 2 DESC, 1 DESC LIMIT 5
            ) partner
                JOIN city other ON other.id = partner.city_id
                LEFT JOIN country_name abroad ON abroad.country_code = other.country_code AND abroad.language = 'en')))
    FROM city LEFT JOIN country_name home ON home.country_code = city.country_code AND home.language = 'en'
    WHERE city.id = $1::text AND retracted_at IS NULL)))
"""

STATISTICS = """
SELECT json_build_object('data', json_build_object('agreementStats', (
    SELECT json_agg(json_build_object('key', kind, 'count', count) ORDER BY count DESC, kind)
    FROM (SELECT kind, count(*) FROM agreement WHERE retracted_at IS NULL GROUP BY kind) kinds)))
"""

# A text of one word: names that begin with it, then, where these are too few, names of which a later word does.
SEARCH = """
WITH names AS MATERIALIZED (
    SELECT city.id, name, native_name, folded AS label
    FROM spelling JOIN city ON city.id = subject_id
    WHERE left(subject_id, 3) = 'cty' AND folded >= $1::text AND folded < $1::text || chr(1114111)
        AND retracted_at IS NULL AND merged_into_id IS NULL
        AND NOT EXISTS (SELECT FROM spelling earlier
            WHERE earlier.subject_id = city.id AND earlier.folded < spelling.folded AND earlier.folded >= $1::text)
    ORDER BY folded, subject_id LIMIT 20
), words AS (
    SELECT city.id, name, native_name, word AS label
    FROM (
        SELECT word, subject_id FROM search_word
        WHERE kind = 1 AND NOT first AND word >= $1::text AND word < $1::text || chr(1114111)
        ORDER BY word, subject_id LIMIT 1000
    ) begun
        CROSS JOIN LATERAL (
            SELECT id, name, native_name FROM city
            WHERE id = subject_id AND retracted_at IS NULL AND merged_into_id IS NULL LIMIT 1
        ) city
        CROSS JOIN LATERAL (
            SELECT bool_or(starts_with(folded, $1::text)) AS begins,
                min(each) FILTER (WHERE starts_with(each, $1::text)) AS earliest
            FROM spelling, string_to_table(folded, ' ') each
            WHERE spelling.subject_id = city.id
        ) spelt
    WHERE (SELECT count(*) FROM names) < 20 AND NOT begins AND word = earliest
    ORDER BY word, subject_id LIMIT 20
)
SELECT json_build_object('data', json_build_object('search', json_build_object('nodes', (
    SELECT coalesce(json_agg(json_build_object('id', id, 'name', name, 'nativeName', native_name)
        ORDER BY rank, label, id), '[]')
    FROM (
        SELECT (label <> $1::text)::int AS rank, * FROM names UNION ALL SELECT 2, * FROM words
        ORDER BY 1, label, id LIMIT 20
    ) found))))
"""

# The rows that a signing leaves, in one statement: its key, the agreement, two parties, and the change that is chained
# to the one before. Nothing is checked but what the tables check.
RECORD_SIGNING = """
WITH keyed AS (
    INSERT INTO idempotency_key (caller, key, fingerprint, subject_id)
    VALUES ('bench', $1::text, sha256(convert_to($1::text, 'UTF8')), $5::text)
), recorded AS (
    INSERT INTO agreement (id, kind, title, title_folded, status, signed_on, parties_complete, recorded_by)
    SELECT $5::text, 'FRIENDSHIP_CITY', made.title, lower(made.title), 'IN_FORCE', $2::text, true, 'bench'
    FROM (
        SELECT 'Friendship city agreement between ' || a.name || ' and ' || b.name AS title
        FROM city a, city b WHERE a.id = $3::text AND b.id = $4::text
    ) made
    RETURNING id, title
), parties AS (
    INSERT INTO agreement_party (agreement_id, position, city_id)
    VALUES ($5::text, 1, $3::text), ($5::text, 2, $4::text)
), head AS (
    UPDATE feed_head SET seq = seq + 1, hash = sha256(hash || convert_to(seq || $5::text, 'UTF8'))
    RETURNING epoch, seq, hash
), changed AS (
    INSERT INTO change (seq, actor, kind, subject_id, version, fields, signing, hash)
    SELECT seq, 'bench', 'CREATED', $5::text, 1, ARRAY['kind', 'title', 'status', 'signedOn', 'parties'], true, hash
    FROM head
)
SELECT json_build_object('data', json_build_object('recordSigning', json_build_object(
    'agreement', json_build_object('id', id, 'title', title),
    'replayed', false,
    'cursor', epoch || '.' || seq || '.' || left(encode(hash, 'hex'), 8),
    'userErrors', json_build_array())))
FROM recorded, head
"""
