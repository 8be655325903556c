SELECT (SELECT row_to_json(o0)
FROM (SELECT (SELECT row_to_json(pt0)
FROM (SELECT (SELECT count(*)
FROM "delegation" t1
WHERE t1."retracted_at" IS NULL) AS "totalCount", coalesce(json_agg((SELECT row_to_json(o1)
FROM (SELECT t0."name" AS "name", t0."arrived_on" AS "arrivedOn", t0."status" AS "status") o1) ORDER BY t0.rn), '[]'::json) AS "nodes"
FROM (SELECT *, row_number() OVER (ORDER BY coalesce(t0."arrived_on_earliest", 'infinity'::date), t0."id") AS rn
FROM (SELECT t2."name", t2."arrived_on", t2."status", t2."arrived_on_earliest", t2."id"
FROM "delegation" t2
WHERE (t2."retracted_at" IS NULL) ORDER BY coalesce(t2."arrived_on_earliest", 'infinity'::date), t2."id" LIMIT 20) t0) t0
WHERE t0.rn <= 20 GROUP BY ()) pt0) AS "delegations") o0)
