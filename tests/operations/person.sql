SELECT convert_to(('{"person":'::text || (coalesce((SELECT ((('{"name":'::text || to_json(t0."name")::text) || (',"nativeName":'::text || (coalesce(to_json(t0."native_name")::text, 'null') || ',"offices":'::text))) || (((SELECT ('['::text || (coalesce(string_agg((('{"title":'::text || to_json(t1."title")::text) || (',"of":'::text || (CASE WHEN t1."of_city_id" IS NOT NULL THEN (SELECT ('{"name":'::text || (to_json(t2."name")::text || '}'::text))
FROM "city" t2
WHERE t2."id" = t1."of_city_id") WHEN t1."of_organization_id" IS NOT NULL THEN (SELECT ('{"name":'::text || (to_json(t3."name")::text || '}'::text))
FROM "organization" t3
WHERE t3."id" = t1."of_organization_id") ELSE 'null'::text END || '}'::text))), ',' ORDER BY t1."position"), '') || ']'::text))
FROM "office" t1
WHERE t1."person_id" = t0."id") || (',"signed":'::text || (SELECT (('{"totalCount":'::text || (SELECT count(*)
FROM "agreement" t5
WHERE (EXISTS (SELECT
FROM "signatory" t6
WHERE (t6."agreement_id" = t5."id") AND (t6."person_id" = t0."id") AND (t6."role" = $1::text))) AND (t5."retracted_at" IS NULL))::text) || (',"nodes":'::text || (('['::text || (coalesce(string_agg((('{"title":'::text || to_json(t4."title")::text) || (',"signedOn":'::text || (coalesce(('"' || t4."signed_on" || '"'), 'null') || '}'::text))), ',' ORDER BY coalesce(t4."signed_on_earliest", '-infinity'::date) DESC, t4."id" DESC), '') || ']'::text)) || '}'::text)))
FROM (SELECT t7."signed_on_earliest", t7."id", t7."title", t7."signed_on"
FROM "agreement" t7
WHERE ((EXISTS (SELECT
FROM "signatory" t8
WHERE (t8."agreement_id" = t7."id") AND (t8."person_id" = t0."id") AND (t8."role" = $2::text))) AND (t7."retracted_at" IS NULL)) ORDER BY coalesce(t7."signed_on_earliest", '-infinity'::date) DESC, t7."id" DESC LIMIT 20) t4 GROUP BY ()))) || (',"participations":'::text || ((SELECT ('{"nodes":'::text || (('['::text || (coalesce(string_agg((('{"role":'::text || (('"' || t9."role" || '"') || ',"status":'::text)) || ((('"' || t9."status" || '"') || ',"event":'::text) || ((SELECT ('{"name":'::text || (to_json(t10."name")::text || '}'::text))
FROM "event" t10
WHERE t10."id" = t9."event_id") || '}'::text))), ',' ORDER BY t9."id" DESC), '') || ']'::text)) || '}'::text))
FROM (SELECT t11."id", t11."role", t11."status", t11."event_id"
FROM "participation" t11
WHERE ((t11."person_id" = t0."id") AND (EXISTS (SELECT
FROM "event" t12
WHERE (t12."id" = t11."event_id") AND (t12."retracted_at" IS NULL)))) ORDER BY t11."id" DESC LIMIT 20) t9 GROUP BY ()) || '}'::text))))
FROM "person" t0
WHERE (t0."id" = (SELECT coalesce(t13."merged_into_id", t13."id")
FROM "person" t13
WHERE t13."id" = $3::text)) AND (t0."retracted_at" IS NULL)), 'null') || '}'::text)), 'UTF8')
-- $1: 'SIGNATORY'
-- $2: 'SIGNATORY'
-- $3: 'per_...'
