SELECT convert_to(('{"city":'::text || (coalesce((SELECT ((('{"name":'::text || to_json(t0."name")::text) || (',"nativeName":'::text || (coalesce(to_json(t0."native_name")::text, 'null') || ',"partners":'::text))) || (((SELECT (('{"totalCount":'::text || (SELECT count(*)
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
WHERE true)::text) || (',"edges":'::text || (('['::text || (coalesce(string_agg(((('{"since":'::text || coalesce(to_json(t1."since")::text, 'null')) || (',"kinds":'::text || coalesce(to_json(t1."kinds")::text, 'null'))) || ((',"agreementCount":'::text || coalesce(to_json(t1."agreement_count")::text, 'null')) || (',"node":'::text || ((('{"name":'::text || to_json(t10."name")::text) || (',"country":'::text || (('{"code":'::text || (to_json(t10."country_code")::text || '}'::text)) || '}'::text))) || '}'::text)))), ',' ORDER BY t1.rn), '') || ']'::text)) || '}'::text)))
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
WHERE t1.rn <= 3 GROUP BY ()) || (',"events":'::text || (SELECT (('{"totalCount":'::text || (SELECT count(*)
FROM "event" t20
WHERE (t20."id" IN (SELECT t21."id"
FROM "event" t21
WHERE t21."city_id" = t0."id"
UNION ALL SELECT t22."event_id"
FROM "event_host" t22
WHERE t22."city_id" = t0."id")) AND (t20."retracted_at" IS NULL))::text) || (',"nodes":'::text || (('['::text || (coalesce(string_agg((('{"name":'::text || (to_json(t19."name")::text || ',"startsOn":'::text)) || ((coalesce(('"' || t19."starts_on" || '"'), 'null') || ',"kind":'::text) || (('"' || t19."kind" || '"') || '}'::text))), ',' ORDER BY t19.rn), '') || ']'::text)) || '}'::text)))
FROM (SELECT *, row_number() OVER (ORDER BY coalesce(t19."starts_on_earliest", 'infinity'::date), t19."id") AS rn
FROM (SELECT t23."name", t23."starts_on", t23."kind", t23."starts_on_earliest", t23."id"
FROM "event" t23
WHERE ((t23."id" IN (SELECT t24."id"
FROM "event" t24
WHERE t24."city_id" = t0."id"
UNION ALL SELECT t25."event_id"
FROM "event_host" t25
WHERE t25."city_id" = t0."id")) AND (t23."retracted_at" IS NULL)) ORDER BY coalesce(t23."starts_on_earliest", 'infinity'::date), t23."id" LIMIT 2) t19) t19
WHERE t19.rn <= 2 GROUP BY ()))) || (',"delegationsReceived":'::text || ((SELECT ('{"nodes":'::text || (('['::text || (coalesce(string_agg((('{"name":'::text || (to_json(t26."name")::text || ',"status":'::text)) || ((('"' || t26."status" || '"') || ',"arrivedOn":'::text) || (coalesce(('"' || t26."arrived_on" || '"'), 'null') || '}'::text))), ',' ORDER BY t26.rn), '') || ']'::text)) || '}'::text))
FROM (SELECT *, row_number() OVER (ORDER BY coalesce(t26."arrived_on_earliest", '-infinity'::date) DESC, t26."id" DESC) AS rn
FROM (SELECT t27."name", t27."status", t27."arrived_on", t27."arrived_on_earliest", t27."id"
FROM "delegation" t27
WHERE ((t27."id" IN (SELECT t28."id"
FROM "delegation" t28
WHERE t28."destination_city_id" = t0."id"
UNION ALL SELECT t29."delegation_id"
FROM "delegation_host" t29
WHERE t29."city_id" = t0."id")) AND (t27."retracted_at" IS NULL)) ORDER BY coalesce(t27."arrived_on_earliest", '-infinity'::date) DESC, t27."id" DESC LIMIT 2) t26) t26
WHERE t26.rn <= 2 GROUP BY ()) || '}'::text))))
FROM "city" t0
WHERE ((EXISTS (SELECT
FROM "spelling" t30
WHERE (t30."subject_id" = t0."id") AND (t30."folded" = $5::text))) AND (t0."country_code" = $6::text)) AND ((t0."retracted_at" IS NULL) AND (t0."merged_into_id" IS NULL))), 'null') || '}'::text)), 'UTF8')
-- $1: datetime.date(1, 1, 1)
-- $2: ('IN_FORCE',)
-- $3: datetime.date(1, 1, 1)
-- $4: ('IN_FORCE',)
-- $5: 'taipei'
-- $6: 'TW'
