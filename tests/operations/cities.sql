SELECT convert_to(('{"cities":'::text || ((SELECT (('{"totalCount":'::text || ((SELECT count(*)
FROM "city" t1
WHERE (t1."retracted_at" IS NULL) AND (t1."merged_into_id" IS NULL) AND (t1."country_code" = $1::text))::text || ',"edges":'::text)) || ((('['::text || (coalesce(string_agg((('{"cursor":'::text || coalesce(to_json(translate(encode(convert_to(json_build_array($2::text, t0."name_folded", t0."id")::text, 'UTF8'), 'base64'), E'+/=\n', '-_'))::text, 'null')) || (',"node":'::text || ((('{"name":'::text || (to_json(t0."name")::text || ',"region":'::text)) || ((coalesce(to_json(t0."region")::text, 'null') || ',"agreements":'::text) || (('{"totalCount":'::text || ((SELECT count(*)
FROM (SELECT DISTINCT coalesce(t4."agreement_signed_on_earliest", '-infinity'::date) AS k0, t4."agreement_id" AS k1
FROM "agreement_party" t4
WHERE ((t4."city_id" = t0."id") AND (t4."agreement_retracted_at" IS NULL))) t5)::text || '}'::text)) || '}'::text))) || '}'::text))), ',' ORDER BY t0.rn), '') || ']'::text)) || ',"pageInfo":'::text) || ((('{"hasNextPage":'::text || (((false OR coalesce(max(t0.fetched) > 3, false)))::text || ',"hasPreviousPage":'::text)) || (((false)::text || ',"endCursor":'::text) || (coalesce(to_json(max(translate(encode(convert_to(json_build_array($3::text, t0."name_folded", t0."id")::text, 'UTF8'), 'base64'), E'+/=\n', '-_')) FILTER (WHERE t0.rn = least(t0.fetched, 3)))::text, 'null') || '}'::text))) || '}'::text)))
FROM (SELECT *, row_number() OVER (ORDER BY t0."name_folded", t0."id") AS rn, count(*) OVER () AS fetched
FROM (SELECT t6."name_folded", t6."id", t6."name", t6."region"
FROM "city" t6
WHERE ((t6."retracted_at" IS NULL) AND (t6."merged_into_id" IS NULL) AND (t6."country_code" = $4::text)) ORDER BY t6."name_folded", t6."id" LIMIT 4) t0) t0
WHERE t0.rn <= 3 GROUP BY ()) || '}'::text)), 'UTF8')
-- $1: 'US'
-- $2: 'City:name_folded+,id+'
-- $3: 'City:name_folded+,id+'
-- $4: 'US'
