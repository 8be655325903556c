SELECT convert_to(('{"organizations":'::text || ((SELECT ('{"nodes":'::text || (('['::text || (coalesce(string_agg((('{"name":'::text || (to_json(t0."name")::text || ',"kind":'::text)) || ((('"' || t0."kind" || '"') || ',"agreements":'::text) || ((SELECT (('{"totalCount":'::text || (SELECT count(*)
FROM (SELECT DISTINCT coalesce(t3."agreement_signed_on_earliest", '-infinity'::date) AS k0, t3."agreement_id" AS k1
FROM "agreement_party" t3
WHERE ((t3."organization_id" = t0."id") AND (t3."agreement_retracted_at" IS NULL))) t4)::text) || (',"nodes":'::text || (('['::text || (coalesce(string_agg((('{"title":'::text || to_json(t1."title")::text) || (',"partiesComplete":'::text || (t1."parties_complete"::text || '}'::text))), ',' ORDER BY coalesce(t1."signed_on_earliest", '-infinity'::date) DESC, t1."id" DESC), '') || ']'::text)) || '}'::text)))
FROM (SELECT t5."signed_on_earliest", t5."id", t5."title", t5."parties_complete"
FROM (SELECT DISTINCT coalesce(t6."agreement_signed_on_earliest", '-infinity'::date) AS k0, t6."agreement_id" AS k1
FROM "agreement_party" t6
WHERE ((t6."organization_id" = t0."id") AND (t6."agreement_retracted_at" IS NULL)) ORDER BY 1 DESC, 2 DESC LIMIT 1) t7 JOIN "agreement" t5 ON t5."id" = t7.k1) t1 GROUP BY ()) || '}'::text))), ',' ORDER BY t0."name_folded", t0."id"), '') || ']'::text)) || '}'::text))
FROM (SELECT t8."name_folded", t8."id", t8."name", t8."kind"
FROM "organization" t8
WHERE ((t8."retracted_at" IS NULL) AND (t8."merged_into_id" IS NULL) AND (t8."name_folded" COLLATE "C" >= $1::text AND t8."name_folded" COLLATE "C" < $2::text) AND (t8."country_code" = $3::text)) ORDER BY t8."name_folded", t8."id" LIMIT 5) t0 GROUP BY ()) || '}'::text)), 'UTF8')
-- $1: 'c'
-- $2: 'c\U0010ffff'
-- $3: 'TW'
