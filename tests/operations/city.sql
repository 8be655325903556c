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
FROM (SELECT t10."country_code" AS "code") o4) AS "country") o3) AS "node") o2) ORDER BY t1.rn), '[]'::json) AS "edges"
FROM (SELECT *, row_number() OVER (ORDER BY t1."newest" DESC, t1."key" DESC) AS rn
FROM (SELECT t11."since", t11."kinds", t11."agreement_count", t11."key", t11."newest"
FROM (SELECT t12."city_id" AS key, max(coalesce((SELECT t13."signed_on_earliest"
FROM "agreement" t13
WHERE t13."id" = t12."agreement_id"), $3::date)) AS "newest", (array_agg((SELECT t14."signed_on"
FROM "agreement" t14
WHERE t14."id" = t12."agreement_id") ORDER BY (SELECT t15."signed_on_earliest"
FROM "agreement" t15
WHERE t15."id" = t12."agreement_id") NULLS LAST, t12."agreement_id" NULLS LAST))[1] AS "since", array_agg(DISTINCT (SELECT t16."kind"
FROM "agreement" t16
WHERE t16."id" = t12."agreement_id") ORDER BY (SELECT t16."kind"
FROM "agreement" t16
WHERE t16."id" = t12."agreement_id")) AS "kinds", count(*) AS "agreement_count"
FROM "agreement_party" t12
WHERE (t12."city_id" IS NOT NULL) AND (t12."city_id" <> t0."id") AND (EXISTS (SELECT
FROM "agreement_party" t17
WHERE (t17."agreement_id" = t12."agreement_id") AND (t17."city_id" = t0."id"))) AND (EXISTS (SELECT
FROM "agreement" t18
WHERE (t18."id" = t12."agreement_id") AND (t18."retracted_at" IS NULL) AND (CASE WHEN t18."status" IN ('IN_FORCE', 'SUSPENDED') AND t18."expires_on_latest" < current_date THEN 'EXPIRED' ELSE t18."status" END = ANY($4::text[])))) GROUP BY 1) t11
WHERE (true) ORDER BY t11."newest" DESC, t11."key" DESC LIMIT 3) t1) t1
LEFT JOIN "city" t10 ON t10."id" = t1."key"
WHERE t1.rn <= 3 GROUP BY ()) pt1) AS "partners", (SELECT row_to_json(pt19)
FROM (SELECT (SELECT count(*)
FROM "event" t20
WHERE (t20."id" IN (SELECT t21."id"
FROM "event" t21
WHERE t21."city_id" = t0."id"
UNION ALL SELECT t22."event_id"
FROM "event_host" t22
WHERE t22."city_id" = t0."id")) AND (t20."retracted_at" IS NULL)) AS "totalCount", coalesce(json_agg((SELECT row_to_json(o5)
FROM (SELECT t19."name" AS "name", t19."starts_on" AS "startsOn", t19."kind" AS "kind") o5) ORDER BY t19.rn), '[]'::json) AS "nodes"
FROM (SELECT *, row_number() OVER (ORDER BY coalesce(t19."starts_on_earliest", 'infinity'::date), t19."id") AS rn
FROM (SELECT t23."name", t23."starts_on", t23."kind", t23."starts_on_earliest", t23."id"
FROM "event" t23
WHERE ((t23."id" IN (SELECT t24."id"
FROM "event" t24
WHERE t24."city_id" = t0."id"
UNION ALL SELECT t25."event_id"
FROM "event_host" t25
WHERE t25."city_id" = t0."id")) AND (t23."retracted_at" IS NULL)) ORDER BY coalesce(t23."starts_on_earliest", 'infinity'::date), t23."id" LIMIT 2) t19) t19
WHERE t19.rn <= 2 GROUP BY ()) pt19) AS "events", (SELECT row_to_json(pt26)
FROM (SELECT coalesce(json_agg((SELECT row_to_json(o6)
FROM (SELECT t26."name" AS "name", t26."status" AS "status", t26."arrived_on" AS "arrivedOn") o6) ORDER BY t26.rn), '[]'::json) AS "nodes"
FROM (SELECT *, row_number() OVER (ORDER BY coalesce(t26."arrived_on_earliest", '-infinity'::date) DESC, t26."id" DESC) AS rn
FROM (SELECT t27."name", t27."status", t27."arrived_on", t27."arrived_on_earliest", t27."id"
FROM "delegation" t27
WHERE ((t27."id" IN (SELECT t28."id"
FROM "delegation" t28
WHERE t28."destination_city_id" = t0."id"
UNION ALL SELECT t29."delegation_id"
FROM "delegation_host" t29
WHERE t29."city_id" = t0."id")) AND (t27."retracted_at" IS NULL)) ORDER BY coalesce(t27."arrived_on_earliest", '-infinity'::date) DESC, t27."id" DESC LIMIT 2) t26) t26
WHERE t26.rn <= 2 GROUP BY ()) pt26) AS "delegationsReceived") o1)
FROM "city" t0
WHERE ((EXISTS (SELECT
FROM "spelling" t30
WHERE (t30."subject_id" = t0."id") AND (t30."folded" = $5::text))) AND (t0."country_code" = $6::text)) AND ((t0."retracted_at" IS NULL) AND (t0."merged_into_id" IS NULL))) AS "city") o0)
-- $1: datetime.date(1, 1, 1)
-- $2: ('IN_FORCE',)
-- $3: datetime.date(1, 1, 1)
-- $4: ('IN_FORCE',)
-- $5: 'taipei'
-- $6: 'TW'
