SELECT convert_to(('{"city":'::text || (coalesce((SELECT ((('{"name":'::text || to_json(t0."name")::text) || (',"nativeName":'::text || (coalesce(to_json(t0."native_name")::text, 'null') || ',"partners":'::text))) || (((SELECT (('{"totalCount":'::text || (SELECT count(*)
FROM (SELECT t3."city_id" AS key
FROM "agreement_party" t3
WHERE (t3."city_id" IS NOT NULL) AND (t3."city_id" <> t0."id") AND (EXISTS (SELECT
FROM "agreement_party" t4
WHERE (t4."agreement_id" = t3."agreement_id") AND (t4."city_id" = t0."id"))) AND (EXISTS (SELECT
FROM "agreement" t5
WHERE (t5."id" = t3."agreement_id") AND (t5."retracted_at" IS NULL) AND (CASE WHEN t5."status" IN ('IN_FORCE', 'SUSPENDED') AND t5."expires_on_latest" < current_date THEN 'EXPIRED' ELSE t5."status" END = ANY($1::text[])))) GROUP BY 1) t2
WHERE true)::text) || (',"edges":'::text || (('['::text || (coalesce(string_agg(((('{"since":'::text || coalesce(to_json(t1."since")::text, 'null')) || (',"kinds":'::text || coalesce(to_json(t1."kinds")::text, 'null'))) || ((',"agreementCount":'::text || coalesce(to_json(t1."agreement_count")::text, 'null')) || (',"node":'::text || ((SELECT (('{"name":'::text || to_json(t6."name")::text) || (',"country":'::text || (('{"code":'::text || (to_json(t6."country_code")::text || '}'::text)) || '}'::text)))
FROM "city" t6
WHERE t6."id" = t1."key") || '}'::text)))), ',' ORDER BY t1."newest" DESC, t1."key" DESC), '') || ']'::text)) || '}'::text)))
FROM (SELECT t7."newest", t7."key", t7."since", t7."kinds", t7."agreement_count"
FROM (SELECT t8."city_id" AS key, max(coalesce(t8."agreement_signed_on_earliest", $2::date)) AS "newest", (array_agg((SELECT t9."signed_on"
FROM "agreement" t9
WHERE t9."id" = t8."agreement_id") ORDER BY t8."agreement_signed_on_earliest" NULLS LAST, t8."agreement_id" NULLS LAST))[1] AS "since", array_agg(DISTINCT t8."agreement_kind" ORDER BY t8."agreement_kind") AS "kinds", count(*) AS "agreement_count"
FROM "agreement_party" t8
WHERE (t8."city_id" IS NOT NULL) AND (t8."city_id" <> t0."id") AND (EXISTS (SELECT
FROM "agreement_party" t10
WHERE (t10."agreement_id" = t8."agreement_id") AND (t10."city_id" = t0."id"))) AND (EXISTS (SELECT
FROM "agreement" t11
WHERE (t11."id" = t8."agreement_id") AND (t11."retracted_at" IS NULL) AND (CASE WHEN t11."status" IN ('IN_FORCE', 'SUSPENDED') AND t11."expires_on_latest" < current_date THEN 'EXPIRED' ELSE t11."status" END = ANY($3::text[])))) GROUP BY 1) t7
WHERE (true) ORDER BY t7."newest" DESC, t7."key" DESC LIMIT 3) t1 GROUP BY ()) || (',"events":'::text || (SELECT (('{"totalCount":'::text || (SELECT count(*)
FROM "event" t13
WHERE (t13."id" IN (SELECT t14."id"
FROM "event" t14
WHERE t14."city_id" = t0."id"
UNION ALL SELECT t15."event_id"
FROM "event_host" t15
WHERE t15."city_id" = t0."id")) AND (t13."retracted_at" IS NULL))::text) || (',"nodes":'::text || (('['::text || (coalesce(string_agg((('{"name":'::text || (to_json(t12."name")::text || ',"startsOn":'::text)) || ((coalesce(('"' || t12."starts_on" || '"'), 'null') || ',"kind":'::text) || (('"' || t12."kind" || '"') || '}'::text))), ',' ORDER BY coalesce(t12."starts_on_earliest", 'infinity'::date), t12."id"), '') || ']'::text)) || '}'::text)))
FROM (SELECT t16."starts_on_earliest", t16."id", t16."name", t16."starts_on", t16."kind"
FROM "event" t16
WHERE ((t16."id" IN (SELECT t17."id"
FROM "event" t17
WHERE t17."city_id" = t0."id"
UNION ALL SELECT t18."event_id"
FROM "event_host" t18
WHERE t18."city_id" = t0."id")) AND (t16."retracted_at" IS NULL)) ORDER BY coalesce(t16."starts_on_earliest", 'infinity'::date), t16."id" LIMIT 2) t12 GROUP BY ()))) || (',"delegationsReceived":'::text || ((SELECT ('{"nodes":'::text || (('['::text || (coalesce(string_agg((('{"name":'::text || (to_json(t19."name")::text || ',"status":'::text)) || ((('"' || t19."status" || '"') || ',"arrivedOn":'::text) || (coalesce(('"' || t19."arrived_on" || '"'), 'null') || '}'::text))), ',' ORDER BY coalesce(t19."arrived_on_earliest", '-infinity'::date) DESC, t19."id" DESC), '') || ']'::text)) || '}'::text))
FROM (SELECT t20."arrived_on_earliest", t20."id", t20."name", t20."status", t20."arrived_on"
FROM "delegation" t20
WHERE ((t20."id" IN (SELECT t21."id"
FROM "delegation" t21
WHERE t21."destination_city_id" = t0."id"
UNION ALL SELECT t22."delegation_id"
FROM "delegation_host" t22
WHERE t22."city_id" = t0."id")) AND (t20."retracted_at" IS NULL)) ORDER BY coalesce(t20."arrived_on_earliest", '-infinity'::date) DESC, t20."id" DESC LIMIT 2) t19 GROUP BY ()) || '}'::text))))
FROM "city" t0
WHERE ((EXISTS (SELECT
FROM "spelling" t23
WHERE (t23."subject_id" = t0."id") AND (t23."folded" = $4::text))) AND (t0."country_code" = $5::text)) AND ((t0."retracted_at" IS NULL) AND (t0."merged_into_id" IS NULL))), 'null') || '}'::text)), 'UTF8')
-- $1: ('IN_FORCE',)
-- $2: datetime.date(1, 1, 1)
-- $3: ('IN_FORCE',)
-- $4: 'taipei'
-- $5: 'TW'
