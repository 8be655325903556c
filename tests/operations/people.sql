SELECT convert_to(('{"people":'::text || ((SELECT ('{"nodes":'::text || (('['::text || (coalesce(string_agg((('{"name":'::text || to_json(t0."name")::text) || (',"nativeName":'::text || (coalesce(to_json(t0."native_name")::text, 'null') || '}'::text))), ',' ORDER BY t0."name_folded", t0."id"), '') || ']'::text)) || '}'::text))
FROM (SELECT t1."name_folded", t1."id", t1."name", t1."native_name"
FROM "person" t1
WHERE ((t1."retracted_at" IS NULL) AND (t1."merged_into_id" IS NULL) AND ((t1."name_folded" COLLATE "C" >= $1::text AND t1."name_folded" COLLATE "C" < $2::text) OR (strpos(t1."name_folded", $3::text) > 0))) ORDER BY t1."name_folded", t1."id" LIMIT 20) t0 GROUP BY ()) || '}'::text)), 'UTF8')
-- $1: 'perparim'
-- $2: 'perparim\U0010ffff'
-- $3: 'bondarenko'
