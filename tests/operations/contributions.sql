SELECT (SELECT row_to_json(o0)
FROM (SELECT (SELECT row_to_json(pt0)
FROM (SELECT (SELECT count(*)
FROM "contribution" t1
WHERE t1."retracted_at" IS NULL) AS "totalCount", coalesce(json_agg((SELECT row_to_json(o1)
FROM (SELECT t0."kind" AS "kind", t0."description" AS "description", t0."amount"::text AS "amount", t0."currency" AS "currency", t0."given_on" AS "givenOn", CASE WHEN t0."giver_city_id" IS NOT NULL THEN (SELECT row_to_json(o2)
FROM (SELECT t2."name" AS "name") o2) WHEN t0."giver_organization_id" IS NOT NULL THEN (SELECT row_to_json(o3)
FROM (SELECT t3."name" AS "name") o3) END AS "giver", CASE WHEN t0."recipient_city_id" IS NOT NULL THEN (SELECT row_to_json(o4)
FROM (SELECT t4."name" AS "name") o4) WHEN t0."recipient_organization_id" IS NOT NULL THEN (SELECT row_to_json(o5)
FROM (SELECT t5."name" AS "name") o5) END AS "recipient") o1) ORDER BY t0.rn), '[]'::json) AS "nodes"
FROM (SELECT *, row_number() OVER (ORDER BY coalesce(t0."given_on_earliest", '-infinity'::date) DESC, t0."id" DESC) AS rn
FROM (SELECT t6."kind", t6."description", t6."amount", t6."currency", t6."given_on", t6."giver_city_id", t6."giver_organization_id", t6."recipient_city_id", t6."recipient_organization_id", t6."given_on_earliest", t6."id"
FROM "contribution" t6
WHERE (t6."retracted_at" IS NULL) ORDER BY coalesce(t6."given_on_earliest", '-infinity'::date) DESC, t6."id" DESC LIMIT 2) t0) t0
LEFT JOIN "city" t2 ON t2."id" = t0."giver_city_id"
LEFT JOIN "organization" t3 ON t3."id" = t0."giver_organization_id"
LEFT JOIN "city" t4 ON t4."id" = t0."recipient_city_id"
LEFT JOIN "organization" t5 ON t5."id" = t0."recipient_organization_id"
WHERE t0.rn <= 2 GROUP BY ()) pt0) AS "contributions") o0)
