SELECT convert_to(('{"programmes":'::text || ((SELECT ('{"nodes":'::text || (('['::text || (coalesce(string_agg(((('{"name":'::text || to_json(t0."name")::text) || (',"owner":'::text || CASE WHEN t0."owner_city_id" IS NOT NULL THEN (SELECT ('{"name":'::text || (to_json(t1."name")::text || '}'::text))
FROM "city" t1
WHERE t1."id" = t0."owner_city_id") WHEN t0."owner_organization_id" IS NOT NULL THEN (SELECT ('{"name":'::text || (to_json(t2."name")::text || '}'::text))
FROM "organization" t2
WHERE t2."id" = t0."owner_organization_id") ELSE 'null'::text END)) || ((',"startedOn":'::text || coalesce(('"' || t0."started_on" || '"'), 'null')) || (',"targets":'::text || ((SELECT ('['::text || (coalesce(string_agg((('{"description":'::text || to_json(t3."description")::text) || (',"dueOn":'::text || (coalesce(('"' || t3."due_on" || '"'), 'null') || '}'::text))), ',' ORDER BY t3."position"), '') || ']'::text))
FROM "programme_target" t3
WHERE t3."programme_id" = t0."id") || '}'::text)))), ',' ORDER BY t0."name_folded", t0."id"), '') || ']'::text)) || '}'::text))
FROM (SELECT t4."name_folded", t4."id", t4."name", t4."owner_city_id", t4."owner_organization_id", t4."started_on"
FROM "programme" t4
WHERE (t4."retracted_at" IS NULL) ORDER BY t4."name_folded", t4."id" LIMIT 20) t0 GROUP BY ()) || '}'::text)), 'UTF8')
