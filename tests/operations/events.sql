SELECT convert_to(('{"events":'::text || ((SELECT (('{"nodes":'::text || ('['::text || (coalesce(string_agg((('{"name":'::text || (to_json(t0."name")::text || ',"startsOn":'::text)) || ((coalesce(('"' || t0."starts_on" || '"'), 'null') || ',"status":'::text) || (('"' || t0."status" || '"') || '}'::text))), ',' ORDER BY t0.rn DESC), '') || ']'::text))) || (',"pageInfo":'::text || ((('{"hasPreviousPage":'::text || (((false OR coalesce(max(t0.fetched) > 2, false)))::text || ',"hasNextPage":'::text)) || (((false)::text || ',"startCursor":'::text) || (coalesce(to_json(max(translate(encode(convert_to(json_build_array($1::text, coalesce(t0."starts_on_earliest", 'infinity'::date), t0."id")::text, 'UTF8'), 'base64'), E'+/=\n', '-_')) FILTER (WHERE t0.rn = least(t0.fetched, 2)))::text, 'null') || '}'::text))) || '}'::text)))
FROM (SELECT *, row_number() OVER (ORDER BY coalesce(t0."starts_on_earliest", 'infinity'::date) DESC, t0."id" DESC) AS rn, count(*) OVER () AS fetched
FROM (SELECT t1."name", t1."starts_on", t1."status", t1."starts_on_earliest", t1."id"
FROM "event" t1
WHERE ((t1."retracted_at" IS NULL) AND (t1."starts_on" IS NOT NULL)) ORDER BY coalesce(t1."starts_on_earliest", 'infinity'::date) DESC, t1."id" DESC LIMIT 3) t0) t0
WHERE t0.rn <= 2 GROUP BY ()) || '}'::text)), 'UTF8')
-- $1: 'Event:starts_on_earliest+,id+'
