"""The page that is measured: 20 agreements with all that a list of them shows, and the best SQL for it by hand.

Knows one document and one statement that answer the same JSON, key for key.
"""

DOCUMENT = """
query Page {
  agreements(first: 20) {
    nodes {
      id
      title
      kind
      status
      signedOn
      parties {
        position
        nameAsSigned
        party {
          __typename
          ... on City { id name nativeName country { code name } }
          ... on Organization { id name kind seatedIn: country { code name } }
        }
      }
      signatories { role office attendance person { id name nativeName } }
      areas { standing area { slug name } }
      event { id name kind startsOn venue city { id name } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""

# As one would write it for speed: the page's keys from an index first, relations to one joined, lists
# correlated, and nothing computed that the answer does not show.
STATEMENT = """
WITH page AS (
    SELECT id, title, kind, status, signed_on, event_id, expires_on_latest,
        coalesce(signed_on_earliest, '-infinity') AS signed
    FROM agreement
    WHERE retracted_at IS NULL
    ORDER BY coalesce(signed_on_earliest, '-infinity') DESC, id DESC
    LIMIT 21
)
SELECT json_build_object('data', json_build_object('agreements', json_build_object(
    'nodes', (
        SELECT json_agg(json_build_object(
            'id', page.id,
            'title', page.title,
            'kind', page.kind,
            'status', CASE WHEN page.status IN ('IN_FORCE', 'SUSPENDED') AND expires_on_latest < current_date
                THEN 'EXPIRED' ELSE page.status END,
            'signedOn', page.signed_on,
            'parties', (
                SELECT json_agg(json_build_object(
                    'position', position,
                    'nameAsSigned', name_as_signed,
                    'party', CASE WHEN party.city_id IS NOT NULL THEN json_build_object(
                        '__typename', 'City', 'id', city.id, 'name', city.name, 'nativeName', city.native_name,
                        'country', json_build_object('code', city.country_code, 'name', home.name)
                    ) ELSE json_build_object(
                        '__typename', 'Organization', 'id', body.id, 'name', body.name, 'kind', body.kind,
                        'seatedIn', CASE WHEN body.country_code IS NOT NULL
                            THEN json_build_object('code', body.country_code, 'name', seat.name) END
                    ) END
                ) ORDER BY position)
                FROM agreement_party party
                    LEFT JOIN city ON city.id = party.city_id
                    LEFT JOIN country_name home ON home.country_code = city.country_code AND home.language = 'en'
                    LEFT JOIN organization body ON body.id = party.organization_id
                    LEFT JOIN country_name seat ON seat.country_code = body.country_code AND seat.language = 'en'
                WHERE party.agreement_id = page.id),
            'signatories', (
                SELECT coalesce(json_agg(json_build_object(
                    'role', role, 'office', office, 'attendance', attendance,
                    'person', json_build_object('id', person.id, 'name', person.name, 'nativeName', native_name)
                ) ORDER BY position), '[]')
                FROM signatory JOIN person ON person.id = person_id
                WHERE agreement_id = page.id AND role = 'SIGNATORY'),
            'areas', (
                SELECT coalesce(json_agg(json_build_object(
                    'standing', standing, 'area', json_build_object('slug', slug, 'name', name)
                ) ORDER BY position), '[]')
                FROM agreement_area JOIN area ON area.id = area_id
                WHERE agreement_id = page.id),
            'event', CASE WHEN event.id IS NOT NULL THEN json_build_object(
                'id', event.id, 'name', event.name, 'kind', event.kind, 'startsOn', event.starts_on,
                'venue', event.venue, 'city', CASE WHEN place.id IS NOT NULL
                    THEN json_build_object('id', place.id, 'name', place.name) END) END
        ) ORDER BY page.signed DESC, page.id DESC)
        FROM (SELECT * FROM page LIMIT 20) page
            LEFT JOIN event ON event.id = page.event_id
            LEFT JOIN city place ON place.id = event.city_id),
    'pageInfo', (
        SELECT json_build_object(
            'hasNextPage', (SELECT count(*) > 20 FROM page),
            'endCursor', translate(encode(convert_to(json_build_array(
                'Agreement:signed_on_earliest-,id-', signed, id)::text, 'UTF8'), 'base64'), E'+/=\\n', '-_'))
        FROM (SELECT * FROM page LIMIT 20) page ORDER BY signed, id LIMIT 1)
)))
"""
