SELECT convert_to(('{"nodes":'::text || ((('['::text || (coalesce((SELECT (('{"name":'::text || to_json(t0."name")::text) || (',"country":'::text || (('{"code":'::text || (to_json(t0."country_code")::text || '}'::text)) || '}'::text)))
FROM "city" t0
WHERE (t0."id" = (SELECT coalesce(t1."merged_into_id", t1."id")
FROM "city" t1
WHERE t1."id" = $1::text)) AND (t0."retracted_at" IS NULL)), 'null') || ','::text)) || ((coalesce((SELECT (('{"name":'::text || to_json(t2."name")::text) || (',"country":'::text || (('{"code":'::text || (to_json(t2."country_code")::text || '}'::text)) || '}'::text)))
FROM "city" t2
WHERE (t2."id" = (SELECT coalesce(t3."merged_into_id", t3."id")
FROM "city" t3
WHERE t3."id" = $2::text)) AND (t2."retracted_at" IS NULL)), 'null') || ','::text) || (coalesce((SELECT (('{"name":'::text || to_json(t4."name")::text) || (',"nativeName":'::text || (coalesce(to_json(t4."native_name")::text, 'null') || '}'::text)))
FROM "person" t4
WHERE (t4."id" = (SELECT coalesce(t5."merged_into_id", t5."id")
FROM "person" t5
WHERE t5."id" = $3::text)) AND (t4."retracted_at" IS NULL)), 'null') || ']'::text))) || '}'::text)), 'UTF8')
-- $1: 'cty_...'
-- $2: 'cty_unknown'
-- $3: 'per_...'
