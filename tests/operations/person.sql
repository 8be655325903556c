SELECT (SELECT row_to_json(o0)
FROM (SELECT (SELECT (SELECT row_to_json(o1)
FROM (SELECT t0."name" AS "name", t0."native_name" AS "nativeName", (SELECT coalesce(json_agg((SELECT row_to_json(o2)
FROM (SELECT t1."title" AS "title", CASE WHEN t1."of_city_id" IS NOT NULL THEN (SELECT row_to_json(o3)
FROM (SELECT t2."name" AS "name") o3) WHEN t1."of_organization_id" IS NOT NULL THEN (SELECT row_to_json(o4)
FROM (SELECT t3."name" AS "name") o4) END AS "of") o2) ORDER BY t1."position"), '[]'::json)
FROM "office" t1
LEFT JOIN "city" t2 ON t2."id" = t1."of_city_id"
LEFT JOIN "organization" t3 ON t3."id" = t1."of_organization_id"
WHERE t1."person_id" = t0."id") AS "offices", (SELECT row_to_json(pt4)
FROM (SELECT (SELECT count(*)
FROM "agreement" t5
WHERE (EXISTS (SELECT
FROM "signatory" t6
WHERE (t6."agreement_id" = t5."id") AND (t6."person_id" = t0."id") AND (t6."role" = $1::text))) AND (t5."retracted_at" IS NULL)) AS "totalCount", coalesce(json_agg((SELECT row_to_json(o5)
FROM (SELECT t4."title" AS "title", t4."signed_on" AS "signedOn") o5) ORDER BY t4.rn), '[]'::json) AS "nodes"
FROM (SELECT *, row_number() OVER (ORDER BY coalesce(t4."signed_on_earliest", '-infinity'::date) DESC, t4."id" DESC) AS rn
FROM (SELECT t7."title", t7."signed_on", t7."signed_on_earliest", t7."id"
FROM "agreement" t7
WHERE ((EXISTS (SELECT
FROM "signatory" t8
WHERE (t8."agreement_id" = t7."id") AND (t8."person_id" = t0."id") AND (t8."role" = $2::text))) AND (t7."retracted_at" IS NULL)) ORDER BY coalesce(t7."signed_on_earliest", '-infinity'::date) DESC, t7."id" DESC LIMIT 20) t4) t4
WHERE t4.rn <= 20 GROUP BY ()) pt4) AS "signed", (SELECT row_to_json(pt9)
FROM (SELECT coalesce(json_agg((SELECT row_to_json(o6)
FROM (SELECT t9."role" AS "role", t9."status" AS "status", (SELECT row_to_json(o7)
FROM (SELECT t10."name" AS "name") o7) AS "event") o6) ORDER BY t9.rn), '[]'::json) AS "nodes"
FROM (SELECT *, row_number() OVER (ORDER BY t9."id" DESC) AS rn
FROM (SELECT t11."role", t11."status", t11."event_id", t11."id"
FROM "participation" t11
WHERE ((t11."person_id" = t0."id") AND (EXISTS (SELECT
FROM "event" t12
WHERE (t12."id" = t11."event_id") AND (t12."retracted_at" IS NULL)))) ORDER BY t11."id" DESC LIMIT 20) t9) t9
LEFT JOIN "event" t10 ON t10."id" = t9."event_id"
WHERE t9.rn <= 20 GROUP BY ()) pt9) AS "participations") o1)
FROM "person" t0
WHERE (t0."id" = (SELECT coalesce(t13."merged_into_id", t13."id")
FROM "person" t13
WHERE t13."id" = $3::text)) AND (t0."retracted_at" IS NULL)) AS "person") o0)
-- $1: 'SIGNATORY'
-- $2: 'SIGNATORY'
-- $3: 'per_...'
