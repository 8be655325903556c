SELECT convert_to(('{"delegations":'::text || ((SELECT (('{"totalCount":'::text || (SELECT count(*)
FROM "delegation" t1
WHERE t1."retracted_at" IS NULL)::text) || (',"nodes":'::text || (('['::text || (coalesce(string_agg((('{"name":'::text || (to_json(t0."name")::text || ',"arrivedOn":'::text)) || ((coalesce(('"' || t0."arrived_on" || '"'), 'null') || ',"status":'::text) || (('"' || t0."status" || '"') || '}'::text))), ',' ORDER BY coalesce(t0."arrived_on_earliest", 'infinity'::date), t0."id"), '') || ']'::text)) || '}'::text)))
FROM (SELECT t2."arrived_on_earliest", t2."id", t2."name", t2."arrived_on", t2."status"
FROM "delegation" t2
WHERE (t2."retracted_at" IS NULL) ORDER BY coalesce(t2."arrived_on_earliest", 'infinity'::date), t2."id" LIMIT 20) t0 GROUP BY ()) || '}'::text)), 'UTF8')
