SELECT convert_to(('{"delegation":'::text || (coalesce((SELECT (((('{"name":'::text || (to_json(t0."name")::text || ',"status":'::text)) || (('"' || t0."status" || '"') || (',"from":'::text || CASE WHEN t0."from_city_id" IS NOT NULL THEN (SELECT ('{"name":'::text || (to_json(t1."name")::text || '}'::text))
FROM "city" t1
WHERE t1."id" = t0."from_city_id") WHEN t0."from_organization_id" IS NOT NULL THEN (SELECT ('{"name":'::text || (to_json(t2."name")::text || '}'::text))
FROM "organization" t2
WHERE t2."id" = t0."from_organization_id") ELSE 'null'::text END))) || ((',"invitedBy":'::text || ((SELECT ('['::text || (coalesce(string_agg(CASE WHEN t3."city_id" IS NOT NULL THEN (SELECT ('{"name":'::text || (to_json(t4."name")::text || '}'::text))
FROM "city" t4
WHERE t4."id" = t3."city_id") WHEN t3."organization_id" IS NOT NULL THEN (SELECT ('{"name":'::text || (to_json(t5."name")::text || '}'::text))
FROM "organization" t5
WHERE t5."id" = t3."organization_id") ELSE 'null'::text END, ',' ORDER BY t3."position"), '') || ']'::text))
FROM "delegation_inviter" t3
WHERE t3."delegation_id" = t0."id") || ',"leader":'::text)) || ((coalesce((SELECT (('{"person":'::text || (SELECT ('{"name":'::text || (to_json(t7."name")::text || '}'::text))
FROM "person" t7
WHERE t7."id" = t6."person_id")) || (',"office":'::text || (coalesce(to_json(t6."office")::text, 'null') || '}'::text)))
FROM "delegation_member" t6
WHERE (t6."delegation_id" = t0."id") AND (t6."role" = $1::text)), 'null') || ',"members":'::text) || ((SELECT ('['::text || (coalesce(string_agg((('{"person":'::text || ((SELECT ('{"name":'::text || (to_json(t9."name")::text || '}'::text))
FROM "person" t9
WHERE t9."id" = t8."person_id") || ',"office":'::text)) || ((coalesce(to_json(t8."office")::text, 'null') || ',"role":'::text) || (('"' || t8."role" || '"') || '}'::text))), ',' ORDER BY t8."position"), '') || ']'::text))
FROM "delegation_member" t8
WHERE t8."delegation_id" = t0."id") || ',"membersComplete":'::text)))) || (((t0."members_complete"::text || (',"hosts":'::text || (SELECT ('['::text || (coalesce(string_agg((('{"party":'::text || CASE WHEN t10."city_id" IS NOT NULL THEN (SELECT ('{"name":'::text || (to_json(t11."name")::text || '}'::text))
FROM "city" t11
WHERE t11."id" = t10."city_id") WHEN t10."organization_id" IS NOT NULL THEN (SELECT ('{"name":'::text || (to_json(t12."name")::text || '}'::text))
FROM "organization" t12
WHERE t12."id" = t10."organization_id") ELSE 'null'::text END) || (',"person":'::text || (coalesce((SELECT ('{"name":'::text || (to_json(t13."name")::text || '}'::text))
FROM "person" t13
WHERE t13."id" = t10."person_id"), 'null') || '}'::text))), ',' ORDER BY t10."position"), '') || ']'::text))
FROM "delegation_host" t10
WHERE t10."delegation_id" = t0."id"))) || ((',"destinationCity":'::text || coalesce((SELECT ('{"name":'::text || (to_json(t14."name")::text || '}'::text))
FROM "city" t14
WHERE t14."id" = t0."destination_city_id"), 'null')) || (',"destinationCountry":'::text || CASE WHEN t0."destination_country_code" IS NOT NULL THEN ('{"name":'::text || (coalesce(to_json(coalesce((SELECT t15."name"
FROM "country_name" t15
WHERE (t15."country_code" = t0."destination_country_code") AND (t15."language" = $2::text)), t0."destination_country_code"))::text, 'null') || '}'::text)) ELSE 'null'::text END))) || ((',"arrivedOn":'::text || (coalesce(('"' || t0."arrived_on" || '"'), 'null') || ',"departedOn":'::text)) || ((coalesce(('"' || t0."departed_on" || '"'), 'null') || ',"events":'::text) || ((SELECT ('['::text || (coalesce(string_agg((SELECT ('{"name":'::text || (to_json(t17."name")::text || '}'::text))
FROM "event" t17
WHERE t17."id" = t16."event_id"), ',' ORDER BY t16."position"), '') || ']'::text))
FROM "delegation_event" t16
WHERE (t16."delegation_id" = t0."id") AND (EXISTS (SELECT
FROM "event" t18
WHERE (t18."id" = t16."event_id") AND (t18."retracted_at" IS NULL)))) || '}'::text)))))
FROM "delegation" t0
WHERE (t0."id" = $3::text) AND (t0."retracted_at" IS NULL)), 'null') || '}'::text)), 'UTF8')
-- $1: 'LEADER'
-- $2: 'en'
-- $3: 'del_...'
