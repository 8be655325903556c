SELECT convert_to(('{"organizations":'::text || ((SELECT ('{"nodes":'::text || (('['::text || (coalesce(string_agg((('{"name":'::text || (to_json(t0."name")::text || ',"kind":'::text)) || ((('"' || t0."kind" || '"') || ',"agreements":'::text) || ((SELECT (('{"totalCount":'::text || (SELECT count(*)
FROM "agreement" t2
WHERE (EXISTS (SELECT
FROM "agreement_party" t3
WHERE (t3."agreement_id" = t2."id") AND (t3."organization_id" = t0."id"))) AND (t2."retracted_at" IS NULL))::text) || (',"nodes":'::text || (('['::text || (coalesce(string_agg((('{"title":'::text || to_json(t1."title")::text) || (',"partiesComplete":'::text || (t1."parties_complete"::text || '}'::text))), ',' ORDER BY t1.rn), '') || ']'::text)) || '}'::text)))
FROM (SELECT *, row_number() OVER (ORDER BY coalesce(t1."signed_on_earliest", '-infinity'::date) DESC, t1."id" DESC) AS rn
FROM (SELECT t4."title", t4."parties_complete", t4."signed_on_earliest", t4."id"
FROM "agreement" t4
WHERE ((EXISTS (SELECT
FROM "agreement_party" t5
WHERE (t5."agreement_id" = t4."id") AND (t5."organization_id" = t0."id"))) AND (t4."retracted_at" IS NULL)) ORDER BY coalesce(t4."signed_on_earliest", '-infinity'::date) DESC, t4."id" DESC LIMIT 1) t1) t1
WHERE t1.rn <= 1 GROUP BY ()) || '}'::text))), ',' ORDER BY t0.rn), '') || ']'::text)) || '}'::text))
FROM (SELECT *, row_number() OVER (ORDER BY t0."name_folded", t0."id") AS rn
FROM (SELECT t6."name", t6."kind", t6."id", t6."name_folded"
FROM "organization" t6
WHERE (((t6."retracted_at" IS NULL) AND (t6."merged_into_id" IS NULL)) AND ((t6."name_folded" COLLATE "C" >= $1::text AND t6."name_folded" COLLATE "C" < $2::text) AND (t6."country_code" = $3::text))) ORDER BY t6."name_folded", t6."id" LIMIT 5) t0) t0
WHERE t0.rn <= 5 GROUP BY ()) || '}'::text)), 'UTF8')
-- $1: 'c'
-- $2: 'c\U0010ffff'
-- $3: 'TW'
