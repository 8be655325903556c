SELECT convert_to(('{"countries":'::text || ((SELECT ('['::text || (coalesce(string_agg((('{"code":'::text || (to_json(t0."code")::text || ',"name":'::text)) || ((coalesce(to_json(coalesce((SELECT t1."name"
FROM "country_name" t1
WHERE (t1."country_code" = t0."code") AND (t1."language" = $1::text)), t0."code"))::text, 'null') || ',"albanian":'::text) || (coalesce(to_json(coalesce((SELECT t2."name"
FROM "country_name" t2
WHERE (t2."country_code" = t0."code") AND (t2."language" = $2::text)), (SELECT t3."name"
FROM "country_name" t3
WHERE (t3."country_code" = t0."code") AND (t3."language" = $3::text)), t0."code"))::text, 'null') || '}'::text))), ',' ORDER BY t0."code"), '') || ']'::text))
FROM "country" t0
WHERE true) || '}'::text)), 'UTF8')
-- $1: 'en'
-- $2: 'sq'
-- $3: 'en'
