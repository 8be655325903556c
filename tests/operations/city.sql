SELECT convert_to(('{"city":'::text || (coalesce((SELECT ((('{"name":'::text || to_json(t0."name")::text) || (',"nativeName":'::text || (coalesce(to_json(t0."native_name")::text, 'null') || ',"partners":'::text))) || (((SELECT (('{"totalCount":'::text || (SELECT count(*)
FROM (SELECT t3."city_id" AS key
FROM "agreement_party" t3
WHERE (t3."city_id" IS NOT NULL) AND (t3."city_id" <> t0."id") AND (EXISTS (SELECT
FROM "agreement_party" t4
WHERE (t4."agreement_id" = t3."agreement_id") AND (t4."city_id" = t0."id"))) AND (EXISTS (SELECT
FROM "agreement" t5
WHERE (t5."id" = t3."agreement_id") AND (t5."retracted_at" IS NULL) AND (CASE WHEN t5."status" IN ('IN_FORCE', 'SUSPENDED') AND t5."expires_on_latest" < current_date THEN 'EXPIRED' ELSE t5."status" END = ANY($1::text[])))) GROUP BY 1) t2
WHERE true)::text) || (',"edges":'::text || (('['::text || (coalesce(string_agg(((('{"since":'::text || coalesce(to_json(t1."since")::text, 'null')) || (',"kinds":'::text || coalesce(to_json(t1."kinds")::text, 'null'))) || ((',"agreementCount":'::text || coalesce(to_json(t1."agreement_count")::text, 'null')) || (',"node":'::text || ((('{"name":'::text || to_json(t6."name")::text) || (',"country":'::text || (('{"code":'::text || (to_json(t6."country_code")::text || '}'::text)) || '}'::text))) || '}'::text)))), ',' ORDER BY t1.rn), '') || ']'::text)) || '}'::text)))
FROM (SELECT *, row_number() OVER (ORDER BY t1."newest" DESC, t1."key" DESC) AS rn
FROM (SELECT t7."since", t7."kinds", t7."agreement_count", t7."key", t7."newest"
FROM (SELECT t8."city_id" AS key, max(coalesce((SELECT t9."signed_on_earliest"
FROM "agreement" t9
WHERE t9."id" = t8."agreement_id"), $2::date)) AS "newest", (array_agg((SELECT t10."signed_on"
FROM "agreement" t10
WHERE t10."id" = t8."agreement_id") ORDER BY (SELECT t11."signed_on_earliest"
FROM "agreement" t11
WHERE t11."id" = t8."agreement_id") NULLS LAST, t8."agreement_id" NULLS LAST))[1] AS "since", array_agg(DISTINCT (SELECT t12."kind"
FROM "agreement" t12
WHERE t12."id" = t8."agreement_id") ORDER BY (SELECT t12."kind"
FROM "agreement" t12
WHERE t12."id" = t8."agreement_id")) AS "kinds", count(*) AS "agreement_count"
FROM "agreement_party" t8
WHERE (t8."city_id" IS NOT NULL) AND (t8."city_id" <> t0."id") AND (EXISTS (SELECT
FROM "agreement_party" t13
WHERE (t13."agreement_id" = t8."agreement_id") AND (t13."city_id" = t0."id"))) AND (EXISTS (SELECT
FROM "agreement" t14
WHERE (t14."id" = t8."agreement_id") AND (t14."retracted_at" IS NULL) AND (CASE WHEN t14."status" IN ('IN_FORCE', 'SUSPENDED') AND t14."expires_on_latest" < current_date THEN 'EXPIRED' ELSE t14."status" END = ANY($3::text[])))) GROUP BY 1) t7
WHERE (true) ORDER BY t7."newest" DESC, t7."key" DESC LIMIT 3) t1) t1
LEFT JOIN "city" t6 ON t6."id" = t1."key"
WHERE t1.rn <= 3 GROUP BY ()) || (',"events":'::text || (SELECT (('{"totalCount":'::text || (SELECT count(*)
FROM "event" t16
WHERE (t16."id" IN (SELECT t17."id"
FROM "event" t17
WHERE t17."city_id" = t0."id"
UNION ALL SELECT t18."event_id"
FROM "event_host" t18
WHERE t18."city_id" = t0."id")) AND (t16."retracted_at" IS NULL))::text) || (',"nodes":'::text || (('['::text || (coalesce(string_agg((('{"name":'::text || (to_json(t15."name")::text || ',"startsOn":'::text)) || ((coalesce(('"' || t15."starts_on" || '"'), 'null') || ',"kind":'::text) || (('"' || t15."kind" || '"') || '}'::text))), ',' ORDER BY t15.rn), '') || ']'::text)) || '}'::text)))
FROM (SELECT *, row_number() OVER (ORDER BY coalesce(t15."starts_on_earliest", 'infinity'::date), t15."id") AS rn
FROM (SELECT t19."name", t19."starts_on", t19."kind", t19."starts_on_earliest", t19."id"
FROM "event" t19
WHERE ((t19."id" IN (SELECT t20."id"
FROM "event" t20
WHERE t20."city_id" = t0."id"
UNION ALL SELECT t21."event_id"
FROM "event_host" t21
WHERE t21."city_id" = t0."id")) AND (t19."retracted_at" IS NULL)) ORDER BY coalesce(t19."starts_on_earliest", 'infinity'::date), t19."id" LIMIT 2) t15) t15
WHERE t15.rn <= 2 GROUP BY ()))) || (',"delegationsReceived":'::text || ((SELECT ('{"nodes":'::text || (('['::text || (coalesce(string_agg((('{"name":'::text || (to_json(t22."name")::text || ',"status":'::text)) || ((('"' || t22."status" || '"') || ',"arrivedOn":'::text) || (coalesce(('"' || t22."arrived_on" || '"'), 'null') || '}'::text))), ',' ORDER BY t22.rn), '') || ']'::text)) || '}'::text))
FROM (SELECT *, row_number() OVER (ORDER BY coalesce(t22."arrived_on_earliest", '-infinity'::date) DESC, t22."id" DESC) AS rn
FROM (SELECT t23."name", t23."status", t23."arrived_on", t23."arrived_on_earliest", t23."id"
FROM "delegation" t23
WHERE ((t23."id" IN (SELECT t24."id"
FROM "delegation" t24
WHERE t24."destination_city_id" = t0."id"
UNION ALL SELECT t25."delegation_id"
FROM "delegation_host" t25
WHERE t25."city_id" = t0."id")) AND (t23."retracted_at" IS NULL)) ORDER BY coalesce(t23."arrived_on_earliest", '-infinity'::date) DESC, t23."id" DESC LIMIT 2) t22) t22
WHERE t22.rn <= 2 GROUP BY ()) || '}'::text))))
FROM "city" t0
WHERE ((EXISTS (SELECT
FROM "spelling" t26
WHERE (t26."subject_id" = t0."id") AND (t26."folded" = $4::text))) AND (t0."country_code" = $5::text)) AND ((t0."retracted_at" IS NULL) AND (t0."merged_into_id" IS NULL))), 'null') || '}'::text)), 'UTF8')
-- $1: ('IN_FORCE',)
-- $2: datetime.date(1, 1, 1)
-- $3: ('IN_FORCE',)
-- $4: 'taipei'
-- $5: 'TW'
