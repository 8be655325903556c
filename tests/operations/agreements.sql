SELECT convert_to(('{"agreements":'::text || ((SELECT (('{"totalCount":'::text || ((SELECT count(*)
FROM "agreement" t1
WHERE (t1."retracted_at" IS NULL) AND (((CASE WHEN t1."status" IN ('IN_FORCE', 'SUSPENDED') AND t1."expires_on_latest" < current_date THEN 'EXPIRED' ELSE t1."status" END = $1::text) IS NOT TRUE) AND ((t1."signed_on" IS NOT NULL) AND (t1."signed_on_latest" >= $2::date) AND (coalesce(t1."signed_on_earliest", '-infinity'::date) >= $3::date) AND (coalesce(t1."signed_on_earliest", '-infinity'::date) <= $4::date)) AND (EXISTS (SELECT
FROM "agreement_party" t2
WHERE (t2."agreement_id" = t1."id") AND (EXISTS (SELECT
FROM "city" t3
WHERE (t3."id" = t2."city_id") AND (t3."country_code" = $5::text)))))))::text || ',"nodes":'::text)) || ((('['::text || (coalesce(string_agg(((('{"title":'::text || to_json(t0."title")::text) || (',"signedOn":'::text || coalesce(('"' || t0."signed_on" || '"'), 'null'))) || ((',"event":'::text || CASE WHEN t4."id" IS NOT NULL THEN (('{"name":'::text || to_json(t4."name")::text) || (',"city":'::text || (CASE WHEN t5."id" IS NOT NULL THEN ('{"name":'::text || (to_json(t5."name")::text || '}'::text)) ELSE 'null'::text END || '}'::text))) ELSE 'null'::text END) || (',"programme":'::text || (CASE WHEN t6."id" IS NOT NULL THEN ('{"name":'::text || (to_json(t6."name")::text || '}'::text)) ELSE 'null'::text END || '}'::text)))), ',' ORDER BY t0.rn), '') || ']'::text)) || ',"pageInfo":'::text) || (('{"hasNextPage":'::text || (((false OR coalesce(max(t0.fetched) > 2, false)))::text || '}'::text)) || '}'::text)))
FROM (SELECT *, row_number() OVER (ORDER BY coalesce(t0."signed_on_earliest", '-infinity'::date) DESC, t0."title_folded", t0."id" DESC) AS rn, count(*) OVER () AS fetched
FROM (SELECT t7."title", t7."signed_on", t7."event_id", t7."programme_id", t7."signed_on_earliest", t7."title_folded", t7."id"
FROM "agreement" t7
WHERE ((t7."retracted_at" IS NULL) AND (((CASE WHEN t7."status" IN ('IN_FORCE', 'SUSPENDED') AND t7."expires_on_latest" < current_date THEN 'EXPIRED' ELSE t7."status" END = $6::text) IS NOT TRUE) AND ((t7."signed_on" IS NOT NULL) AND (t7."signed_on_latest" >= $7::date) AND (coalesce(t7."signed_on_earliest", '-infinity'::date) >= $8::date) AND (coalesce(t7."signed_on_earliest", '-infinity'::date) <= $9::date)) AND (EXISTS (SELECT
FROM "agreement_party" t8
WHERE (t8."agreement_id" = t7."id") AND (EXISTS (SELECT
FROM "city" t9
WHERE (t9."id" = t8."city_id") AND (t9."country_code" = $10::text))))))) ORDER BY coalesce(t7."signed_on_earliest", '-infinity'::date) DESC, t7."title_folded", t7."id" DESC LIMIT 3) t0) t0
LEFT JOIN "event" t4 ON (t4."id" = t0."event_id") AND (t4."retracted_at" IS NULL)
LEFT JOIN "city" t5 ON t5."id" = t4."city_id"
LEFT JOIN "programme" t6 ON (t6."id" = t0."programme_id") AND (t6."retracted_at" IS NULL)
WHERE t0.rn <= 2 GROUP BY ()) || '}'::text)), 'UTF8')
-- $1: 'PLANNED'
-- $2: datetime.date(2023, 9, 1)
-- $3: datetime.date(2022, 9, 1)
-- $4: datetime.date(2023, 12, 31)
-- $5: 'US'
-- $6: 'PLANNED'
-- $7: datetime.date(2023, 9, 1)
-- $8: datetime.date(2022, 9, 1)
-- $9: datetime.date(2023, 12, 31)
-- $10: 'US'
