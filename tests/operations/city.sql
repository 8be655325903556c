SELECT (SELECT row_to_json(o0)
FROM (SELECT (SELECT (SELECT row_to_json(o1)
FROM (SELECT t0."name" AS "name", t0."native_name" AS "nativeName", (SELECT row_to_json(pt1)
FROM (SELECT (SELECT count(*)
FROM (SELECT t3."city_id" AS key, max(coalesce((SELECT t4."signed_on_earliest"
FROM "agreement" t4
WHERE t4."id" = t3."agreement_id"), $1::date)) AS "newest", (array_agg((SELECT t5."signed_on"
FROM "agreement" t5
WHERE t5."id" = t3."agreement_id") ORDER BY (SELECT t6."signed_on_earliest"
FROM "agreement" t6
WHERE t6."id" = t3."agreement_id") NULLS LAST, t3."agreement_id" NULLS LAST))[1] AS "since", array_agg(DISTINCT (SELECT t7."kind"
FROM "agreement" t7
WHERE t7."id" = t3."agreement_id") ORDER BY (SELECT t7."kind"
FROM "agreement" t7
WHERE t7."id" = t3."agreement_id")) AS "kinds", count(*) AS "agreement_count"
FROM "agreement_party" t3
WHERE (t3."city_id" IS NOT NULL) AND (t3."city_id" <> t0."id") AND (EXISTS (SELECT
FROM "agreement_party" t8
WHERE (t8."agreement_id" = t3."agreement_id") AND (t8."city_id" = t0."id"))) AND (EXISTS (SELECT
FROM "agreement" t9
WHERE (t9."id" = t3."agreement_id") AND (t9."retracted_at" IS NULL) AND (CASE WHEN t9."status" IN ('IN_FORCE', 'SUSPENDED') AND t9."expires_on_latest" < current_date THEN 'EXPIRED' ELSE t9."status" END = ANY($2::text[])))) GROUP BY 1) t2
WHERE true) AS "totalCount", coalesce(json_agg((SELECT row_to_json(o2)
FROM (SELECT t1."since" AS "since", t1."kinds" AS "kinds", t1."agreement_count" AS "agreementCount", (SELECT row_to_json(o3)
FROM (SELECT t10."name" AS "name", (SELECT row_to_json(o4)
FROM (SELECT t11."code" AS "code") o4) AS "country") o3) AS "node") o2) ORDER BY t1.rn), '[]'::json) AS "edges"
FROM (SELECT *, row_number() OVER (ORDER BY t1."newest" DESC, t1."key" DESC) AS rn
FROM (SELECT t12."since", t12."kinds", t12."agreement_count", t12."key", t12."newest"
FROM (SELECT t13."city_id" AS key, max(coalesce((SELECT t14."signed_on_earliest"
FROM "agreement" t14
WHERE t14."id" = t13."agreement_id"), $3::date)) AS "newest", (array_agg((SELECT t15."signed_on"
FROM "agreement" t15
WHERE t15."id" = t13."agreement_id") ORDER BY (SELECT t16."signed_on_earliest"
FROM "agreement" t16
WHERE t16."id" = t13."agreement_id") NULLS LAST, t13."agreement_id" NULLS LAST))[1] AS "since", array_agg(DISTINCT (SELECT t17."kind"
FROM "agreement" t17
WHERE t17."id" = t13."agreement_id") ORDER BY (SELECT t17."kind"
FROM "agreement" t17
WHERE t17."id" = t13."agreement_id")) AS "kinds", count(*) AS "agreement_count"
FROM "agreement_party" t13
WHERE (t13."city_id" IS NOT NULL) AND (t13."city_id" <> t0."id") AND (EXISTS (SELECT
FROM "agreement_party" t18
WHERE (t18."agreement_id" = t13."agreement_id") AND (t18."city_id" = t0."id"))) AND (EXISTS (SELECT
FROM "agreement" t19
WHERE (t19."id" = t13."agreement_id") AND (t19."retracted_at" IS NULL) AND (CASE WHEN t19."status" IN ('IN_FORCE', 'SUSPENDED') AND t19."expires_on_latest" < current_date THEN 'EXPIRED' ELSE t19."status" END = ANY($4::text[])))) GROUP BY 1) t12
WHERE (true) ORDER BY t12."newest" DESC, t12."key" DESC LIMIT 3) t1) t1
LEFT JOIN "city" t10 ON t10."id" = t1."key"
LEFT JOIN "country" t11 ON t11."code" = t10."country_code"
WHERE t1.rn <= 3 GROUP BY ()) pt1) AS "partners", (SELECT row_to_json(pt20)
FROM (SELECT (SELECT count(*)
FROM "event" t21
WHERE (t21."id" IN (SELECT t22."id"
FROM "event" t22
WHERE t22."city_id" = t0."id"
UNION ALL SELECT t23."event_id"
FROM "event_host" t23
WHERE t23."city_id" = t0."id")) AND (t21."retracted_at" IS NULL)) AS "totalCount", coalesce(json_agg((SELECT row_to_json(o5)
FROM (SELECT t20."name" AS "name", t20."starts_on" AS "startsOn", t20."kind" AS "kind") o5) ORDER BY t20.rn), '[]'::json) AS "nodes"
FROM (SELECT *, row_number() OVER (ORDER BY coalesce(t20."starts_on_earliest", 'infinity'::date), t20."id") AS rn
FROM (SELECT t24."name", t24."starts_on", t24."kind", t24."starts_on_earliest", t24."id"
FROM "event" t24
WHERE ((t24."id" IN (SELECT t25."id"
FROM "event" t25
WHERE t25."city_id" = t0."id"
UNION ALL SELECT t26."event_id"
FROM "event_host" t26
WHERE t26."city_id" = t0."id")) AND (t24."retracted_at" IS NULL)) ORDER BY coalesce(t24."starts_on_earliest", 'infinity'::date), t24."id" LIMIT 2) t20) t20
WHERE t20.rn <= 2 GROUP BY ()) pt20) AS "events", (SELECT row_to_json(pt27)
FROM (SELECT coalesce(json_agg((SELECT row_to_json(o6)
FROM (SELECT t27."name" AS "name", t27."status" AS "status", t27."arrived_on" AS "arrivedOn") o6) ORDER BY t27.rn), '[]'::json) AS "nodes"
FROM (SELECT *, row_number() OVER (ORDER BY coalesce(t27."arrived_on_earliest", '-infinity'::date) DESC, t27."id" DESC) AS rn
FROM (SELECT t28."name", t28."status", t28."arrived_on", t28."arrived_on_earliest", t28."id"
FROM "delegation" t28
WHERE ((t28."id" IN (SELECT t29."id"
FROM "delegation" t29
WHERE t29."destination_city_id" = t0."id"
UNION ALL SELECT t30."delegation_id"
FROM "delegation_host" t30
WHERE t30."city_id" = t0."id")) AND (t28."retracted_at" IS NULL)) ORDER BY coalesce(t28."arrived_on_earliest", '-infinity'::date) DESC, t28."id" DESC LIMIT 2) t27) t27
WHERE t27.rn <= 2 GROUP BY ()) pt27) AS "delegationsReceived") o1)
FROM "city" t0
WHERE ((EXISTS (SELECT
FROM "spelling" t31
WHERE (t31."subject_id" = t0."id") AND (t31."folded" = $5::text))) AND (t0."country_code" = $6::text)) AND ((t0."retracted_at" IS NULL) AND (t0."merged_into_id" IS NULL))) AS "city") o0)
-- $1: datetime.date(1, 1, 1)
-- $2: ('IN_FORCE',)
-- $3: datetime.date(1, 1, 1)
-- $4: ('IN_FORCE',)
-- $5: 'taipei'
-- $6: 'TW'
