SELECT convert_to(('{"contributions":'::text || ((SELECT (('{"totalCount":'::text || (SELECT count(*)
FROM "contribution" t1
WHERE t1."retracted_at" IS NULL)::text) || (',"nodes":'::text || (('['::text || (coalesce(string_agg(((('{"kind":'::text || (('"' || t0."kind" || '"') || ',"description":'::text)) || ((to_json(t0."description")::text || ',"amount":'::text) || (coalesce(to_json(t0."amount"::text)::text, 'null') || ',"currency":'::text))) || (((coalesce(to_json(t0."currency")::text, 'null') || ',"givenOn":'::text) || (coalesce(('"' || t0."given_on" || '"'), 'null') || ',"giver":'::text)) || ((CASE WHEN t0."giver_city_id" IS NOT NULL THEN (SELECT ('{"name":'::text || (to_json(t2."name")::text || '}'::text))
FROM "city" t2
WHERE t2."id" = t0."giver_city_id") WHEN t0."giver_organization_id" IS NOT NULL THEN (SELECT ('{"name":'::text || (to_json(t3."name")::text || '}'::text))
FROM "organization" t3
WHERE t3."id" = t0."giver_organization_id") ELSE 'null'::text END || ',"recipient":'::text) || (CASE WHEN t0."recipient_city_id" IS NOT NULL THEN (SELECT ('{"name":'::text || (to_json(t4."name")::text || '}'::text))
FROM "city" t4
WHERE t4."id" = t0."recipient_city_id") WHEN t0."recipient_organization_id" IS NOT NULL THEN (SELECT ('{"name":'::text || (to_json(t5."name")::text || '}'::text))
FROM "organization" t5
WHERE t5."id" = t0."recipient_organization_id") ELSE 'null'::text END || '}'::text)))), ',' ORDER BY coalesce(t0."given_on_earliest", '-infinity'::date) DESC, t0."id" DESC), '') || ']'::text)) || '}'::text)))
FROM (SELECT t6."given_on_earliest", t6."id", t6."kind", t6."description", t6."amount", t6."currency", t6."given_on", t6."giver_city_id", t6."giver_organization_id", t6."recipient_city_id", t6."recipient_organization_id"
FROM "contribution" t6
WHERE (t6."retracted_at" IS NULL) ORDER BY coalesce(t6."given_on_earliest", '-infinity'::date) DESC, t6."id" DESC LIMIT 2) t0 GROUP BY ()) || '}'::text)), 'UTF8')
