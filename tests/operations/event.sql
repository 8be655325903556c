SELECT convert_to(('{"event":'::text || (coalesce((SELECT (((('{"name":'::text || to_json(t0."name")::text) || (',"kind":'::text || (('"' || t0."kind" || '"') || ',"status":'::text))) || ((('"' || t0."status" || '"') || (',"startsOn":'::text || coalesce(('"' || t0."starts_on" || '"'), 'null'))) || (',"mode":'::text || (coalesce(('"' || t0."mode" || '"'), 'null') || ',"city":'::text)))) || (((coalesce((SELECT ('{"name":'::text || (to_json(t1."name")::text || '}'::text))
FROM "city" t1
WHERE t1."id" = t0."city_id"), 'null') || (',"hosts":'::text || (SELECT ('['::text || (coalesce(string_agg(CASE WHEN t2."city_id" IS NOT NULL THEN (SELECT ('{"name":'::text || (to_json(t3."name")::text || '}'::text))
FROM "city" t3
WHERE t3."id" = t2."city_id") WHEN t2."organization_id" IS NOT NULL THEN (SELECT ('{"name":'::text || (to_json(t4."name")::text || '}'::text))
FROM "organization" t4
WHERE t4."id" = t2."organization_id") ELSE 'null'::text END, ',' ORDER BY t2."position"), '') || ']'::text))
FROM "event_host" t2
WHERE t2."event_id" = t0."id"))) || (',"attended":'::text || ((SELECT ('['::text || (coalesce(string_agg((('{"person":'::text || (coalesce((SELECT ('{"name":'::text || (to_json(t6."name")::text || '}'::text))
FROM "person" t6
WHERE t6."id" = t5."person_id"), 'null') || ',"party":'::text)) || ((CASE WHEN t5."city_id" IS NOT NULL THEN (SELECT ('{"name":'::text || (to_json(t7."name")::text || '}'::text))
FROM "city" t7
WHERE t7."id" = t5."city_id") WHEN t5."organization_id" IS NOT NULL THEN (SELECT ('{"name":'::text || (to_json(t8."name")::text || '}'::text))
FROM "organization" t8
WHERE t8."id" = t5."organization_id") ELSE 'null'::text END || ',"role":'::text) || (('"' || t5."role" || '"') || '}'::text))), ',' ORDER BY t5."position"), '') || ']'::text))
FROM "participation" t5
WHERE (t5."event_id" = t0."id") AND (t5."status" = $1::text)) || ',"invited":'::text))) || (((SELECT ('['::text || (coalesce(string_agg((('{"person":'::text || coalesce((SELECT ('{"name":'::text || (to_json(t10."name")::text || '}'::text))
FROM "person" t10
WHERE t10."id" = t9."person_id"), 'null')) || (',"office":'::text || (coalesce(to_json(t9."office")::text, 'null') || '}'::text))), ',' ORDER BY t9."position"), '') || ']'::text))
FROM "participation" t9
WHERE (t9."event_id" = t0."id") AND (t9."status" = $2::text)) || (',"parts":'::text || (SELECT ('['::text || (coalesce(string_agg((('{"name":'::text || to_json(t11."name")::text) || (',"status":'::text || (('"' || t11."status" || '"') || '}'::text))), ',' ORDER BY coalesce(t11."starts_on_earliest", 'infinity'::date), t11."id"), '') || ']'::text))
FROM "event" t11
WHERE (t11."part_of_id" = t0."id") AND (t11."retracted_at" IS NULL)))) || (',"contributions":'::text || ((SELECT ('{"nodes":'::text || (('['::text || (coalesce(string_agg((('{"kind":'::text || (('"' || t12."kind" || '"') || ',"description":'::text)) || ((to_json(t12."description")::text || ',"giver":'::text) || (CASE WHEN t12."giver_city_id" IS NOT NULL THEN (SELECT ('{"name":'::text || (to_json(t13."name")::text || '}'::text))
FROM "city" t13
WHERE t13."id" = t12."giver_city_id") WHEN t12."giver_organization_id" IS NOT NULL THEN (SELECT ('{"name":'::text || (to_json(t14."name")::text || '}'::text))
FROM "organization" t14
WHERE t14."id" = t12."giver_organization_id") ELSE 'null'::text END || '}'::text))), ',' ORDER BY coalesce(t12."given_on_earliest", '-infinity'::date) DESC, t12."id" DESC), '') || ']'::text)) || '}'::text))
FROM (SELECT t15."given_on_earliest", t15."id", t15."kind", t15."description", t15."giver_city_id", t15."giver_organization_id"
FROM "contribution" t15
WHERE ((t15."event_id" = t0."id") AND (t15."retracted_at" IS NULL)) ORDER BY coalesce(t15."given_on_earliest", '-infinity'::date) DESC, t15."id" DESC LIMIT 20) t12 GROUP BY ()) || '}'::text)))))
FROM "event" t0
WHERE (t0."id" = $3::text) AND (t0."retracted_at" IS NULL)), 'null') || '}'::text)), 'UTF8')
-- $1: 'ATTENDED'
-- $2: 'INVITED'
-- $3: 'evt_...'
