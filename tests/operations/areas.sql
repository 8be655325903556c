SELECT (SELECT row_to_json(o0)
FROM (SELECT (SELECT row_to_json(pt0)
FROM (SELECT coalesce(json_agg((SELECT row_to_json(o1)
FROM (SELECT t0."slug" AS "slug", t0."name" AS "name", (SELECT row_to_json(pt1)
FROM (SELECT (SELECT count(*)
FROM "agreement" t2
WHERE (EXISTS (SELECT
FROM "agreement_area" t3
WHERE (t3."agreement_id" = t2."id") AND (t3."area_id" = t0."id"))) AND (t2."retracted_at" IS NULL)) AS "totalCount", coalesce(json_agg((SELECT row_to_json(o2)
FROM (SELECT t1."title" AS "title") o2) ORDER BY t1.rn), '[]'::json) AS "nodes"
FROM (SELECT *, row_number() OVER (ORDER BY coalesce(t1."signed_on_earliest", '-infinity'::date) DESC, t1."id" DESC) AS rn
FROM (SELECT t4."title", t4."signed_on_earliest", t4."id"
FROM "agreement" t4
WHERE ((EXISTS (SELECT
FROM "agreement_area" t5
WHERE (t5."agreement_id" = t4."id") AND (t5."area_id" = t0."id"))) AND (t4."retracted_at" IS NULL)) ORDER BY coalesce(t4."signed_on_earliest", '-infinity'::date) DESC, t4."id" DESC LIMIT 20) t1) t1
WHERE t1.rn <= 20 GROUP BY ()) pt1) AS "agreements") o1) ORDER BY t0.rn), '[]'::json) AS "nodes"
FROM (SELECT *, row_number() OVER (ORDER BY t0."slug", t0."id") AS rn
FROM (SELECT t6."slug", t6."name", t6."id"
FROM "area" t6
WHERE (t6."slug" COLLATE "C" >= $1::text AND t6."slug" COLLATE "C" < $2::text) ORDER BY t6."slug", t6."id" LIMIT 20) t0) t0
WHERE t0.rn <= 20 GROUP BY ()) pt0) AS "areas") o0)
-- $1: 'smart-h'
-- $2: 'smart-h\U0010ffff'
