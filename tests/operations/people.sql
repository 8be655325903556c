SELECT convert_to(('{"people":'::text || ((SELECT ('{"nodes":'::text || (('['::text || (coalesce(string_agg((('{"name":'::text || to_json(t0."name")::text) || (',"nativeName":'::text || (coalesce(to_json(t0."native_name")::text, 'null') || '}'::text))), ',' ORDER BY t0.rn), '') || ']'::text)) || '}'::text))
FROM (SELECT *, row_number() OVER (ORDER BY t0."name_folded", t0."id") AS rn
FROM (SELECT t1."name", t1."native_name", t1."name_folded", t1."id"
FROM "person" t1
WHERE ((t1."retracted_at" IS NULL) AND (t1."merged_into_id" IS NULL) AND ((t1."name_folded" COLLATE "C" >= $1::text AND t1."name_folded" COLLATE "C" < $2::text) OR (strpos(t1."name_folded", $3::text) > 0))) ORDER BY t1."name_folded", t1."id" LIMIT 20) t0) t0
WHERE t0.rn <= 20 GROUP BY ()) || '}'::text)), 'UTF8')
-- $1: 'perparim'
-- $2: 'perparim\U0010ffff'
-- $3: 'bondarenko'
