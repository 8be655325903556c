SELECT convert_to(('{"agreements":'::text || ((SELECT (('{"totalCount":'::text || ((SELECT count(*)
FROM "agreement" t1
WHERE (t1."retracted_at" IS NULL) AND (((t1."status" = $1::text)) IS NOT TRUE) AND (t1."signed_on" IS NOT NULL) AND (t1."signed_on_latest" >= $2::date) AND (coalesce(t1."signed_on_earliest", '-infinity'::date) >= $3::date) AND (coalesce(t1."signed_on_earliest", '-infinity'::date) <= $4::date) AND (EXISTS (SELECT
FROM "agreement_party" t2
WHERE (t2."agreement_id" = t1."id") AND (t2."city_id" IS NOT NULL) AND (t2."party_country_code" = $5::text) AND (t2."agreement_retracted_at" IS NULL) AND (coalesce(t2."agreement_signed_on_earliest", '-infinity'::date) >= $6::date) AND (coalesce(t2."agreement_signed_on_earliest", '-infinity'::date) <= $7::date))))::text || ',"nodes":'::text)) || ((('['::text || (coalesce(string_agg(((('{"title":'::text || to_json(t0."title")::text) || (',"signedOn":'::text || coalesce(('"' || t0."signed_on" || '"'), 'null'))) || ((',"event":'::text || coalesce((SELECT (('{"name":'::text || to_json(t3."name")::text) || (',"city":'::text || (coalesce((SELECT ('{"name":'::text || (to_json(t4."name")::text || '}'::text))
FROM "city" t4
WHERE t4."id" = t3."city_id"), 'null') || '}'::text)))
FROM "event" t3
WHERE (t3."id" = t0."event_id") AND (t3."retracted_at" IS NULL)), 'null')) || (',"programme":'::text || (coalesce((SELECT ('{"name":'::text || (to_json(t5."name")::text || '}'::text))
FROM "programme" t5
WHERE (t5."id" = t0."programme_id") AND (t5."retracted_at" IS NULL)), 'null') || '}'::text)))), ',' ORDER BY t0.rn), '') || ']'::text)) || ',"pageInfo":'::text) || (('{"hasNextPage":'::text || (((false OR coalesce(max(t0.fetched) > 2, false)))::text || '}'::text)) || '}'::text)))
FROM (SELECT *, row_number() OVER (ORDER BY coalesce(t0."signed_on_earliest", '-infinity'::date) DESC, t0."title_folded", t0."id" DESC) AS rn, count(*) OVER () AS fetched
FROM (SELECT t6."title", t6."signed_on", t6."event_id", t6."programme_id", t6."signed_on_earliest", t6."title_folded", t6."id"
FROM "agreement" t6
WHERE ((t6."retracted_at" IS NULL) AND (((t6."status" = $8::text)) IS NOT TRUE) AND (t6."signed_on" IS NOT NULL) AND (t6."signed_on_latest" >= $9::date) AND (coalesce(t6."signed_on_earliest", '-infinity'::date) >= $10::date) AND (coalesce(t6."signed_on_earliest", '-infinity'::date) <= $11::date) AND (EXISTS (SELECT
FROM "agreement_party" t7
WHERE (t7."agreement_id" = t6."id") AND (t7."city_id" IS NOT NULL) AND (t7."party_country_code" = $12::text) AND (t7."agreement_retracted_at" IS NULL) AND (coalesce(t7."agreement_signed_on_earliest", '-infinity'::date) >= $13::date) AND (coalesce(t7."agreement_signed_on_earliest", '-infinity'::date) <= $14::date)))) ORDER BY coalesce(t6."signed_on_earliest", '-infinity'::date) DESC, t6."title_folded", t6."id" DESC LIMIT 3) t0) t0
WHERE t0.rn <= 2 GROUP BY ()) || '}'::text)), 'UTF8')
-- $1: 'PLANNED'
-- $2: datetime.date(2023, 9, 1)
-- $3: datetime.date(2022, 9, 1)
-- $4: datetime.date(2023, 12, 31)
-- $5: 'US'
-- $6: datetime.date(2022, 9, 1)
-- $7: datetime.date(2023, 12, 31)
-- $8: 'PLANNED'
-- $9: datetime.date(2023, 9, 1)
-- $10: datetime.date(2022, 9, 1)
-- $11: datetime.date(2023, 12, 31)
-- $12: 'US'
-- $13: datetime.date(2022, 9, 1)
-- $14: datetime.date(2023, 12, 31)
