SELECT (SELECT row_to_json(o0)
FROM (SELECT (SELECT row_to_json(pt0)
FROM (SELECT coalesce(json_agg((SELECT row_to_json(o1)
FROM (SELECT t0."name" AS "name", t0."starts_on" AS "startsOn", t0."status" AS "status") o1) ORDER BY t0.rn DESC), '[]'::json) AS "nodes", (SELECT row_to_json(i3)
FROM (SELECT (false OR coalesce(max(t0.fetched) > 2, false)) AS "hasPreviousPage", false AS "hasNextPage", (array_agg(translate(encode(convert_to(json_build_array($1::text, coalesce(t0."starts_on_earliest", 'infinity'::date), t0."id")::text, 'UTF8'), 'base64'), E'+/=\n', '-_') ORDER BY t0.rn DESC))[1] AS "startCursor") i3) AS "pageInfo"
FROM (SELECT *, row_number() OVER (ORDER BY coalesce(t0."starts_on_earliest", 'infinity'::date) DESC, t0."id" DESC) AS rn, count(*) OVER () AS fetched
FROM (SELECT t1."name", t1."starts_on", t1."status", t1."starts_on_earliest", t1."id"
FROM "event" t1
WHERE ((t1."retracted_at" IS NULL) AND (t1."starts_on" IS NOT NULL)) ORDER BY coalesce(t1."starts_on_earliest", 'infinity'::date) DESC, t1."id" DESC LIMIT 3) t0) t0
WHERE t0.rn <= 2 GROUP BY ()) pt0) AS "events") o0)
-- $1: 'Event:starts_on_earliest+,id+'
