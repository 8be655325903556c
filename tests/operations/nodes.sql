SELECT (SELECT row_to_json(o0)
FROM (SELECT (SELECT json_agg(a1.e ORDER BY a1.n)
FROM (VALUES (0, to_json((SELECT (SELECT row_to_json(o2)
FROM (SELECT t0."name" AS "name", (SELECT row_to_json(o3)
FROM (SELECT t0."country_code" AS "code") o3) AS "country") o2)
FROM "city" t0
WHERE (t0."id" = (SELECT coalesce(t1."merged_into_id", t1."id")
FROM "city" t1
WHERE t1."id" = $1::text)) AND (t0."retracted_at" IS NULL)))), (1, to_json((SELECT (SELECT row_to_json(o4)
FROM (SELECT t2."name" AS "name", (SELECT row_to_json(o5)
FROM (SELECT t2."country_code" AS "code") o5) AS "country") o4)
FROM "city" t2
WHERE (t2."id" = (SELECT coalesce(t3."merged_into_id", t3."id")
FROM "city" t3
WHERE t3."id" = $2::text)) AND (t2."retracted_at" IS NULL)))), (2, to_json((SELECT (SELECT row_to_json(o6)
FROM (SELECT t4."name" AS "name", t4."native_name" AS "nativeName") o6)
FROM "person" t4
WHERE (t4."id" = (SELECT coalesce(t5."merged_into_id", t5."id")
FROM "person" t5
WHERE t5."id" = $3::text)) AND (t4."retracted_at" IS NULL))))) a1(n, e)) AS "nodes") o0)
-- $1: 'cty_...'
-- $2: 'cty_unknown'
-- $3: 'per_...'
