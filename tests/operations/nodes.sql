SELECT (SELECT row_to_json(o0)
FROM (SELECT (SELECT json_agg(a1.e ORDER BY a1.n)
FROM (VALUES (0, to_json((SELECT (SELECT row_to_json(o2)
FROM (SELECT t0."name" AS "name", (SELECT row_to_json(o3)
FROM (SELECT t1."code" AS "code") o3) AS "country") o2)
FROM "city" t0
LEFT JOIN "country" t1 ON t1."code" = t0."country_code"
WHERE (t0."id" = (SELECT coalesce(t2."merged_into_id", t2."id")
FROM "city" t2
WHERE t2."id" = $1::text)) AND (t0."retracted_at" IS NULL)))), (1, to_json((SELECT (SELECT row_to_json(o4)
FROM (SELECT t3."name" AS "name", (SELECT row_to_json(o5)
FROM (SELECT t4."code" AS "code") o5) AS "country") o4)
FROM "city" t3
LEFT JOIN "country" t4 ON t4."code" = t3."country_code"
WHERE (t3."id" = (SELECT coalesce(t5."merged_into_id", t5."id")
FROM "city" t5
WHERE t5."id" = $2::text)) AND (t3."retracted_at" IS NULL)))), (2, to_json((SELECT (SELECT row_to_json(o6)
FROM (SELECT t6."name" AS "name", t6."native_name" AS "nativeName") o6)
FROM "person" t6
WHERE (t6."id" = (SELECT coalesce(t7."merged_into_id", t7."id")
FROM "person" t7
WHERE t7."id" = $3::text)) AND (t6."retracted_at" IS NULL))))) a1(n, e)) AS "nodes") o0)
-- $1: 'cty_...'
-- $2: 'cty_unknown'
-- $3: 'per_...'
