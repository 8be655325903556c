SELECT convert_to(('{"sources":'::text || ((SELECT (('{"totalCount":'::text || (SELECT count(*)
FROM "source" t1
WHERE true)::text) || (',"nodes":'::text || (('['::text || (coalesce(string_agg(((('{"title":'::text || to_json(t0."title")::text) || (',"publisher":'::text || coalesce(to_json(t0."publisher")::text, 'null'))) || ((',"publishedOn":'::text || coalesce(('"' || t0."published_on" || '"'), 'null')) || (',"language":'::text || (coalesce(to_json(t0."language")::text, 'null') || '}'::text)))), ',' ORDER BY coalesce(t0."published_on_earliest", '-infinity'::date) DESC, t0."id" DESC), '') || ']'::text)) || '}'::text)))
FROM (SELECT t2."published_on_earliest", t2."id", t2."title", t2."publisher", t2."published_on", t2."language"
FROM "source" t2
WHERE (true) ORDER BY coalesce(t2."published_on_earliest", '-infinity'::date) DESC, t2."id" DESC LIMIT 20) t0 GROUP BY ()) || '}'::text)), 'UTF8')
