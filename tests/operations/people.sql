SELECT (SELECT row_to_json(o0)
FROM (SELECT (SELECT row_to_json(pt0)
FROM (SELECT coalesce(json_agg((SELECT row_to_json(o1)
FROM (SELECT t0."name" AS "name", t0."native_name" AS "nativeName") o1) ORDER BY t0.rn), '[]'::json) AS "nodes"
FROM (SELECT *, row_number() OVER (ORDER BY t0."name_folded", t0."id") AS rn
FROM (SELECT t1."name", t1."native_name", t1."name_folded", t1."id"
FROM "person" t1
WHERE (((t1."retracted_at" IS NULL) AND (t1."merged_into_id" IS NULL)) AND ((t1."name_folded" COLLATE "C" >= $1::text AND t1."name_folded" COLLATE "C" < $2::text) OR (strpos(t1."name_folded", $3::text) > 0))) ORDER BY t1."name_folded", t1."id" LIMIT 20) t0) t0
WHERE t0.rn <= 20 GROUP BY ()) pt0) AS "people") o0)
-- $1: 'perparim'
-- $2: 'perparim\U0010ffff'
-- $3: 'bondarenko'
