SELECT (SELECT row_to_json(o0)
FROM (SELECT (SELECT row_to_json(pt0)
FROM (SELECT coalesce(json_agg((SELECT row_to_json(o1)
FROM (SELECT t0."name" AS "name", CASE WHEN t0."owner_city_id" IS NOT NULL THEN (SELECT row_to_json(o2)
FROM (SELECT t1."name" AS "name") o2) WHEN t0."owner_organization_id" IS NOT NULL THEN (SELECT row_to_json(o3)
FROM (SELECT t2."name" AS "name") o3) END AS "owner", t0."started_on" AS "startedOn", (SELECT coalesce(json_agg((SELECT row_to_json(o4)
FROM (SELECT t3."description" AS "description", t3."due_on" AS "dueOn") o4) ORDER BY t3."position"), '[]'::json)
FROM "programme_target" t3
WHERE t3."programme_id" = t0."id") AS "targets") o1) ORDER BY t0.rn), '[]'::json) AS "nodes"
FROM (SELECT *, row_number() OVER (ORDER BY t0."name_folded", t0."id") AS rn
FROM (SELECT t4."name", t4."owner_city_id", t4."owner_organization_id", t4."started_on", t4."id", t4."name_folded"
FROM "programme" t4
WHERE (t4."retracted_at" IS NULL) ORDER BY t4."name_folded", t4."id" LIMIT 20) t0) t0
LEFT JOIN "city" t1 ON t1."id" = t0."owner_city_id"
LEFT JOIN "organization" t2 ON t2."id" = t0."owner_organization_id"
WHERE t0.rn <= 20 GROUP BY ()) pt0) AS "programmes") o0)
