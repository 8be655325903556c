SELECT (SELECT row_to_json(o0)
FROM (SELECT (SELECT (SELECT row_to_json(o1)
FROM (SELECT t0."name" AS "name", t0."kind" AS "kind", CASE WHEN t1."id" IS NOT NULL THEN (SELECT row_to_json(o2)
FROM (SELECT t1."name" AS "name") o2) END AS "city", t0."established_on" AS "establishedOn", (SELECT coalesce(json_agg((SELECT row_to_json(o3)
FROM (SELECT (SELECT row_to_json(o4)
FROM (SELECT t3."name" AS "name") o4) AS "person", t2."role" AS "role") o3) ORDER BY t2."position"), '[]'::json)
FROM "membership" t2
LEFT JOIN "person" t3 ON t3."id" = t2."person_id"
WHERE t2."organization_id" = t0."id") AS "members", t0."members_complete" AS "membersComplete", (SELECT coalesce(json_agg((SELECT row_to_json(o5)
FROM (SELECT t4."field" AS "field", t4."basis" AS "basis", t4."locator" AS "locator") o5) ORDER BY t4."id"), '[]'::json)
FROM "citation" t4
WHERE t4."subject_id" = t0."id") AS "citations") o1)
FROM "organization" t0
LEFT JOIN "city" t1 ON t1."id" = t0."city_id"
WHERE (t0."id" = (SELECT coalesce(t5."merged_into_id", t5."id")
FROM "organization" t5
WHERE t5."id" = $1::text)) AND (t0."retracted_at" IS NULL)) AS "organization") o0)
-- $1: 'org_...'
