SELECT (SELECT row_to_json(o0)
FROM (SELECT (SELECT coalesce(json_agg((SELECT row_to_json(o1)
FROM (SELECT t0."code" AS "code", coalesce((SELECT t1."name"
FROM "country_name" t1
WHERE (t1."country_code" = t0."code") AND (t1."language" = $1::text)), t0."code") AS "name", coalesce((SELECT t2."name"
FROM "country_name" t2
WHERE (t2."country_code" = t0."code") AND (t2."language" = $2::text)), (SELECT t3."name"
FROM "country_name" t3
WHERE (t3."country_code" = t0."code") AND (t3."language" = $3::text)), t0."code") AS "albanian") o1) ORDER BY t0."code"), '[]'::json)
FROM "country" t0
WHERE true) AS "countries") o0)
-- $1: 'en'
-- $2: 'sq'
-- $3: 'en'
