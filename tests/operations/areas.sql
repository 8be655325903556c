SELECT convert_to(('{"areas":'::text || ((SELECT ('{"nodes":'::text || (('['::text || (coalesce(string_agg((('{"slug":'::text || (to_json(t0."slug")::text || ',"name":'::text)) || ((to_json(t0."name")::text || ',"agreements":'::text) || ((SELECT (('{"totalCount":'::text || (SELECT count(*)
FROM "agreement" t2
WHERE (EXISTS (SELECT
FROM "agreement_area" t3
WHERE (t3."agreement_id" = t2."id") AND (t3."area_id" = t0."id"))) AND (t2."retracted_at" IS NULL))::text) || (',"nodes":'::text || (('['::text || (coalesce(string_agg(('{"title":'::text || (to_json(t1."title")::text || '}'::text)), ',' ORDER BY coalesce(t1."signed_on_earliest", '-infinity'::date) DESC, t1."id" DESC), '') || ']'::text)) || '}'::text)))
FROM (SELECT t4."signed_on_earliest", t4."id", t4."title"
FROM "agreement" t4
WHERE ((EXISTS (SELECT
FROM "agreement_area" t5
WHERE (t5."agreement_id" = t4."id") AND (t5."area_id" = t0."id"))) AND (t4."retracted_at" IS NULL)) ORDER BY coalesce(t4."signed_on_earliest", '-infinity'::date) DESC, t4."id" DESC LIMIT 20) t1 GROUP BY ()) || '}'::text))), ',' ORDER BY t0."slug", t0."id"), '') || ']'::text)) || '}'::text))
FROM (SELECT t6."slug", t6."id", t6."name"
FROM "area" t6
WHERE (t6."slug" COLLATE "C" >= $1::text AND t6."slug" COLLATE "C" < $2::text) ORDER BY t6."slug", t6."id" LIMIT 20) t0 GROUP BY ()) || '}'::text)), 'UTF8')
-- $1: 'smart-h'
-- $2: 'smart-h\U0010ffff'
