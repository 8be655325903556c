SELECT (SELECT row_to_json(o0)
FROM (SELECT (SELECT (SELECT row_to_json(o1)
FROM (SELECT t0."name" AS "name", t0."kind" AS "kind", t0."status" AS "status", t0."starts_on" AS "startsOn", t0."mode" AS "mode", CASE WHEN t1."id" IS NOT NULL THEN (SELECT row_to_json(o2)
FROM (SELECT t1."name" AS "name") o2) END AS "city", (SELECT coalesce(json_agg(CASE WHEN t2."city_id" IS NOT NULL THEN (SELECT row_to_json(o3)
FROM (SELECT t3."name" AS "name") o3) WHEN t2."organization_id" IS NOT NULL THEN (SELECT row_to_json(o4)
FROM (SELECT t4."name" AS "name") o4) END ORDER BY t2."position"), '[]'::json)
FROM "event_host" t2
LEFT JOIN "city" t3 ON t3."id" = t2."city_id"
LEFT JOIN "organization" t4 ON t4."id" = t2."organization_id"
WHERE t2."event_id" = t0."id") AS "hosts", (SELECT coalesce(json_agg((SELECT row_to_json(o5)
FROM (SELECT CASE WHEN t6."id" IS NOT NULL THEN (SELECT row_to_json(o6)
FROM (SELECT t6."name" AS "name") o6) END AS "person", CASE WHEN t5."city_id" IS NOT NULL THEN (SELECT row_to_json(o7)
FROM (SELECT t7."name" AS "name") o7) WHEN t5."organization_id" IS NOT NULL THEN (SELECT row_to_json(o8)
FROM (SELECT t8."name" AS "name") o8) END AS "party", t5."role" AS "role") o5) ORDER BY t5."position"), '[]'::json)
FROM "participation" t5
LEFT JOIN "person" t6 ON t6."id" = t5."person_id"
LEFT JOIN "city" t7 ON t7."id" = t5."city_id"
LEFT JOIN "organization" t8 ON t8."id" = t5."organization_id"
WHERE (t5."event_id" = t0."id") AND (t5."status" = $1::text)) AS "attended", (SELECT coalesce(json_agg((SELECT row_to_json(o9)
FROM (SELECT CASE WHEN t10."id" IS NOT NULL THEN (SELECT row_to_json(o10)
FROM (SELECT t10."name" AS "name") o10) END AS "person", t9."office" AS "office") o9) ORDER BY t9."position"), '[]'::json)
FROM "participation" t9
LEFT JOIN "person" t10 ON t10."id" = t9."person_id"
WHERE (t9."event_id" = t0."id") AND (t9."status" = $2::text)) AS "invited", (SELECT coalesce(json_agg((SELECT row_to_json(o11)
FROM (SELECT t11."name" AS "name", t11."status" AS "status") o11) ORDER BY coalesce(t11."starts_on_earliest", 'infinity'::date), t11."id"), '[]'::json)
FROM "event" t11
WHERE (t11."part_of_id" = t0."id") AND (t11."retracted_at" IS NULL)) AS "parts", (SELECT row_to_json(pt12)
FROM (SELECT coalesce(json_agg((SELECT row_to_json(o12)
FROM (SELECT t12."kind" AS "kind", t12."description" AS "description", CASE WHEN t12."giver_city_id" IS NOT NULL THEN (SELECT row_to_json(o13)
FROM (SELECT t13."name" AS "name") o13) WHEN t12."giver_organization_id" IS NOT NULL THEN (SELECT row_to_json(o14)
FROM (SELECT t14."name" AS "name") o14) END AS "giver") o12) ORDER BY t12.rn), '[]'::json) AS "nodes"
FROM (SELECT *, row_number() OVER (ORDER BY coalesce(t12."given_on_earliest", '-infinity'::date) DESC, t12."id" DESC) AS rn
FROM (SELECT t15."kind", t15."description", t15."giver_city_id", t15."giver_organization_id", t15."given_on_earliest", t15."id"
FROM "contribution" t15
WHERE ((t15."event_id" = t0."id") AND (t15."retracted_at" IS NULL)) ORDER BY coalesce(t15."given_on_earliest", '-infinity'::date) DESC, t15."id" DESC LIMIT 20) t12) t12
LEFT JOIN "city" t13 ON t13."id" = t12."giver_city_id"
LEFT JOIN "organization" t14 ON t14."id" = t12."giver_organization_id"
WHERE t12.rn <= 20 GROUP BY ()) pt12) AS "contributions") o1)
FROM "event" t0
LEFT JOIN "city" t1 ON t1."id" = t0."city_id"
WHERE (t0."id" = $3::text) AND (t0."retracted_at" IS NULL)) AS "event") o0)
-- $1: 'ATTENDED'
-- $2: 'INVITED'
-- $3: 'evt_...'
