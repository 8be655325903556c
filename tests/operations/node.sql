SELECT convert_to(('{"node":'::text || (coalesce((SELECT ((('{"__typename":'::text || ($1::text || ',"id":'::text)) || (to_json(t0."id")::text || (',"version":'::text || t0."version"::text))) || ((',"title":'::text || (to_json(t0."title")::text || ',"signedOn":'::text)) || ((coalesce(('"' || t0."signed_on" || '"'), 'null') || ',"parties":'::text) || ((SELECT ('['::text || (coalesce(string_agg((('{"position":'::text || t1."position"::text) || (',"party":'::text || (CASE WHEN t1."city_id" IS NOT NULL THEN (SELECT (('{"__typename":'::text || $2::text) || (',"name":'::text || (to_json(t2."name")::text || '}'::text)))
FROM "city" t2
WHERE t2."id" = t1."city_id") WHEN t1."organization_id" IS NOT NULL THEN (SELECT (('{"__typename":'::text || $3::text) || (',"name":'::text || (to_json(t3."name")::text || '}'::text)))
FROM "organization" t3
WHERE t3."id" = t1."organization_id") ELSE 'null'::text END || '}'::text))), ',' ORDER BY t1."position"), '') || ']'::text))
FROM "agreement_party" t1
WHERE t1."agreement_id" = t0."id") || '}'::text))))
FROM "agreement" t0
WHERE (t0."id" = $4::text) AND (t0."retracted_at" IS NULL)), 'null') || '}'::text)), 'UTF8')
-- $1: '"Agreement"'
-- $2: '"City"'
-- $3: '"Organization"'
-- $4: 'agr_...'
