SELECT (SELECT row_to_json(o0)
FROM (SELECT (SELECT (SELECT row_to_json(o1)
FROM (SELECT $1::text AS "__typename", t0."id" AS "id", t0."version" AS "version", t0."title" AS "title", t0."signed_on" AS "signedOn", (SELECT coalesce(json_agg((SELECT row_to_json(o2)
FROM (SELECT t1."position" AS "position", CASE WHEN t1."city_id" IS NOT NULL THEN (SELECT row_to_json(o3)
FROM (SELECT $2::text AS "__typename", t2."name" AS "name") o3) WHEN t1."organization_id" IS NOT NULL THEN (SELECT row_to_json(o4)
FROM (SELECT $3::text AS "__typename", t3."name" AS "name") o4) END AS "party") o2) ORDER BY t1."position"), '[]'::json)
FROM "agreement_party" t1
LEFT JOIN "city" t2 ON t2."id" = t1."city_id"
LEFT JOIN "organization" t3 ON t3."id" = t1."organization_id"
WHERE t1."agreement_id" = t0."id") AS "parties") o1)
FROM "agreement" t0
WHERE (t0."id" = $4::text) AND (t0."retracted_at" IS NULL)) AS "node") o0)
-- $1: 'Agreement'
-- $2: 'City'
-- $3: 'Organization'
-- $4: 'agr_...'
