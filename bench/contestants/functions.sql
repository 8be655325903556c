-- What the peers need of the database beyond its tables: values that follow from others, and the lists that no
-- foreign key gives. Named as PostGraphile reads them: the first argument's type is the type that gets the field.

CREATE OR REPLACE FUNCTION agreement_standing(agreement agreement) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN agreement.status IN ('IN_FORCE', 'SUSPENDED') AND agreement.expires_on_latest < current_date
        THEN 'EXPIRED' ELSE agreement.status END
$$;

CREATE OR REPLACE FUNCTION country_english_name(country country) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT name FROM country_name WHERE country_code = country.code AND language = 'en'
$$;

CREATE OR REPLACE FUNCTION city_partners(city city) RETURNS SETOF city LANGUAGE sql STABLE AS $$
    SELECT partner.*
    FROM (
        SELECT theirs.city_id, max(coalesce(signed_on_earliest, '0001-01-01')) AS newest
        FROM agreement_party ours
            JOIN agreement ON agreement.id = ours.agreement_id
            JOIN agreement_party theirs ON theirs.agreement_id = agreement.id
        WHERE ours.city_id = city.id AND theirs.city_id <> city.id AND retracted_at IS NULL
            AND agreement_standing(agreement) = 'IN_FORCE'
        GROUP BY 1
    ) found JOIN city partner ON partner.id = found.city_id
    ORDER BY newest DESC, partner.id DESC
$$;

CREATE OR REPLACE FUNCTION city_newest_agreements(city city) RETURNS SETOF agreement LANGUAGE sql STABLE AS $$
    SELECT agreement.*
    FROM agreement_party JOIN agreement ON agreement.id = agreement_id
    WHERE city_id = city.id AND agreement_retracted_at IS NULL
    ORDER BY coalesce(agreement_signed_on_earliest, '-infinity') DESC, agreement_id DESC
$$;

CREATE OR REPLACE FUNCTION agreement_kinds() RETURNS TABLE (key text, count integer) LANGUAGE sql STABLE AS $$
    SELECT kind, count(*)::integer FROM agreement WHERE retracted_at IS NULL GROUP BY kind ORDER BY 2 DESC, 1
$$;

-- Cities by a text of one word: names that begin with it, then, where these are too few, names of which a later word does.
CREATE OR REPLACE FUNCTION search_cities(text text, most integer) RETURNS SETOF city LANGUAGE sql STABLE AS $$
    WITH names AS MATERIALIZED (
        SELECT subject_id, (folded <> text)::int AS rank, folded AS label
        FROM spelling JOIN city ON city.id = subject_id
        WHERE left(subject_id, 3) = 'cty' AND folded >= text AND folded < text || chr(1114111)
            AND retracted_at IS NULL AND merged_into_id IS NULL
            AND NOT EXISTS (SELECT FROM spelling earlier
                WHERE earlier.subject_id = city.id AND earlier.folded < spelling.folded AND earlier.folded >= text)
        ORDER BY folded, subject_id LIMIT most
    ), words AS (
        SELECT begun.subject_id, 2 AS rank, word AS label
        FROM (
            SELECT word, subject_id FROM search_word
            WHERE kind = 1 AND NOT first AND word >= text AND word < text || chr(1114111)
            ORDER BY word, subject_id LIMIT 1000
        ) begun
            CROSS JOIN LATERAL (
                SELECT FROM city
                WHERE id = begun.subject_id AND retracted_at IS NULL AND merged_into_id IS NULL LIMIT 1
            ) visible
            CROSS JOIN LATERAL (
                SELECT bool_or(starts_with(folded, text)) AS begins,
                    min(each) FILTER (WHERE starts_with(each, text)) AS earliest
                FROM spelling, string_to_table(folded, ' ') each
                WHERE spelling.subject_id = begun.subject_id
            ) spelt
        WHERE (SELECT count(*) FROM names) < most AND NOT begins AND word = earliest
        ORDER BY word, begun.subject_id LIMIT most
    )
    SELECT city.*
    FROM (SELECT * FROM names UNION ALL SELECT * FROM words ORDER BY rank, label, subject_id LIMIT most) found
        JOIN city ON city.id = subject_id
    ORDER BY rank, label, city.id
$$;
