SELECT (SELECT row_to_json(o0)
FROM (SELECT (SELECT (SELECT row_to_json(o1)
FROM (SELECT t0."name" AS "name", t0."status" AS "status", CASE WHEN t0."from_city_id" IS NOT NULL THEN (SELECT row_to_json(o2)
FROM (SELECT t1."name" AS "name") o2) WHEN t0."from_organization_id" IS NOT NULL THEN (SELECT row_to_json(o3)
FROM (SELECT t2."name" AS "name") o3) END AS "from", (SELECT coalesce(json_agg(CASE WHEN t3."city_id" IS NOT NULL THEN (SELECT row_to_json(o4)
FROM (SELECT t4."name" AS "name") o4) WHEN t3."organization_id" IS NOT NULL THEN (SELECT row_to_json(o5)
FROM (SELECT t5."name" AS "name") o5) END ORDER BY t3."position"), '[]'::json)
FROM "delegation_inviter" t3
LEFT JOIN "city" t4 ON t4."id" = t3."city_id"
LEFT JOIN "organization" t5 ON t5."id" = t3."organization_id"
WHERE t3."delegation_id" = t0."id") AS "invitedBy", CASE WHEN t6."delegation_id" IS NOT NULL THEN (SELECT row_to_json(o6)
FROM (SELECT (SELECT row_to_json(o7)
FROM (SELECT t7."name" AS "name") o7) AS "person", t6."office" AS "office") o6) END AS "leader", (SELECT coalesce(json_agg((SELECT row_to_json(o8)
FROM (SELECT (SELECT row_to_json(o9)
FROM (SELECT t9."name" AS "name") o9) AS "person", t8."office" AS "office", t8."role" AS "role") o8) ORDER BY t8."position"), '[]'::json)
FROM "delegation_member" t8
LEFT JOIN "person" t9 ON t9."id" = t8."person_id"
WHERE t8."delegation_id" = t0."id") AS "members", t0."members_complete" AS "membersComplete", (SELECT coalesce(json_agg((SELECT row_to_json(o10)
FROM (SELECT CASE WHEN t10."city_id" IS NOT NULL THEN (SELECT row_to_json(o11)
FROM (SELECT t11."name" AS "name") o11) WHEN t10."organization_id" IS NOT NULL THEN (SELECT row_to_json(o12)
FROM (SELECT t12."name" AS "name") o12) END AS "party", CASE WHEN t13."id" IS NOT NULL THEN (SELECT row_to_json(o13)
FROM (SELECT t13."name" AS "name") o13) END AS "person") o10) ORDER BY t10."position"), '[]'::json)
FROM "delegation_host" t10
LEFT JOIN "city" t11 ON t11."id" = t10."city_id"
LEFT JOIN "organization" t12 ON t12."id" = t10."organization_id"
LEFT JOIN "person" t13 ON t13."id" = t10."person_id"
WHERE t10."delegation_id" = t0."id") AS "hosts", CASE WHEN t14."id" IS NOT NULL THEN (SELECT row_to_json(o14)
FROM (SELECT t14."name" AS "name") o14) END AS "destinationCity", CASE WHEN t15."code" IS NOT NULL THEN (SELECT row_to_json(o15)
FROM (SELECT coalesce((SELECT t16."name"
FROM "country_name" t16
WHERE (t16."country_code" = t15."code") AND (t16."language" = $2::text)), t15."code") AS "name") o15) END AS "destinationCountry", t0."arrived_on" AS "arrivedOn", t0."departed_on" AS "departedOn", (SELECT coalesce(json_agg((SELECT row_to_json(o16)
FROM (SELECT t18."name" AS "name") o16) ORDER BY t17."position"), '[]'::json)
FROM "delegation_event" t17
LEFT JOIN "event" t18 ON t18."id" = t17."event_id"
WHERE (t17."delegation_id" = t0."id") AND (EXISTS (SELECT
FROM "event" t19
WHERE (t19."id" = t17."event_id") AND (t19."retracted_at" IS NULL)))) AS "events") o1)
FROM "delegation" t0
LEFT JOIN "city" t1 ON t1."id" = t0."from_city_id"
LEFT JOIN "organization" t2 ON t2."id" = t0."from_organization_id"
LEFT JOIN "delegation_member" t6 ON (t6."delegation_id" = t0."id") AND (t6."role" = $1::text)
LEFT JOIN "person" t7 ON t7."id" = t6."person_id"
LEFT JOIN "city" t14 ON t14."id" = t0."destination_city_id"
LEFT JOIN "country" t15 ON t15."code" = t0."destination_country_code"
WHERE (t0."id" = $3::text) AND (t0."retracted_at" IS NULL)) AS "delegation") o0)
-- $1: 'LEADER'
-- $2: 'en'
-- $3: 'del_...'
