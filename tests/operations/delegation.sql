SELECT convert_to(('{"delegation":'::text || (coalesce((SELECT (((('{"name":'::text || (to_json(t0."name")::text || ',"status":'::text)) || (('"' || t0."status" || '"') || (',"from":'::text || CASE WHEN t0."from_city_id" IS NOT NULL THEN ('{"name":'::text || (to_json(t1."name")::text || '}'::text)) WHEN t0."from_organization_id" IS NOT NULL THEN ('{"name":'::text || (to_json(t2."name")::text || '}'::text)) ELSE 'null'::text END))) || ((',"invitedBy":'::text || ((SELECT ('['::text || (coalesce(string_agg(CASE WHEN t3."city_id" IS NOT NULL THEN ('{"name":'::text || (to_json(t4."name")::text || '}'::text)) WHEN t3."organization_id" IS NOT NULL THEN ('{"name":'::text || (to_json(t5."name")::text || '}'::text)) ELSE 'null'::text END, ',' ORDER BY t3."position"), '') || ']'::text))
FROM "delegation_inviter" t3
LEFT JOIN "city" t4 ON t4."id" = t3."city_id"
LEFT JOIN "organization" t5 ON t5."id" = t3."organization_id"
WHERE t3."delegation_id" = t0."id") || ',"leader":'::text)) || ((CASE WHEN t6."delegation_id" IS NOT NULL THEN (('{"person":'::text || ('{"name":'::text || (to_json(t7."name")::text || '}'::text))) || (',"office":'::text || (coalesce(to_json(t6."office")::text, 'null') || '}'::text))) ELSE 'null'::text END || ',"members":'::text) || ((SELECT ('['::text || (coalesce(string_agg((('{"person":'::text || (('{"name":'::text || (to_json(t9."name")::text || '}'::text)) || ',"office":'::text)) || ((coalesce(to_json(t8."office")::text, 'null') || ',"role":'::text) || (('"' || t8."role" || '"') || '}'::text))), ',' ORDER BY t8."position"), '') || ']'::text))
FROM "delegation_member" t8
LEFT JOIN "person" t9 ON t9."id" = t8."person_id"
WHERE t8."delegation_id" = t0."id") || ',"membersComplete":'::text)))) || (((t0."members_complete"::text || (',"hosts":'::text || (SELECT ('['::text || (coalesce(string_agg((('{"party":'::text || CASE WHEN t10."city_id" IS NOT NULL THEN ('{"name":'::text || (to_json(t11."name")::text || '}'::text)) WHEN t10."organization_id" IS NOT NULL THEN ('{"name":'::text || (to_json(t12."name")::text || '}'::text)) ELSE 'null'::text END) || (',"person":'::text || (CASE WHEN t13."id" IS NOT NULL THEN ('{"name":'::text || (to_json(t13."name")::text || '}'::text)) ELSE 'null'::text END || '}'::text))), ',' ORDER BY t10."position"), '') || ']'::text))
FROM "delegation_host" t10
LEFT JOIN "city" t11 ON t11."id" = t10."city_id"
LEFT JOIN "organization" t12 ON t12."id" = t10."organization_id"
LEFT JOIN "person" t13 ON t13."id" = t10."person_id"
WHERE t10."delegation_id" = t0."id"))) || ((',"destinationCity":'::text || CASE WHEN t14."id" IS NOT NULL THEN ('{"name":'::text || (to_json(t14."name")::text || '}'::text)) ELSE 'null'::text END) || (',"destinationCountry":'::text || CASE WHEN t0."destination_country_code" IS NOT NULL THEN ('{"name":'::text || (coalesce(to_json(coalesce((SELECT t15."name"
FROM "country_name" t15
WHERE (t15."country_code" = t0."destination_country_code") AND (t15."language" = $2::text)), t0."destination_country_code"))::text, 'null') || '}'::text)) ELSE 'null'::text END))) || ((',"arrivedOn":'::text || (coalesce(('"' || t0."arrived_on" || '"'), 'null') || ',"departedOn":'::text)) || ((coalesce(('"' || t0."departed_on" || '"'), 'null') || ',"events":'::text) || ((SELECT ('['::text || (coalesce(string_agg(('{"name":'::text || (to_json(t17."name")::text || '}'::text)), ',' ORDER BY t16."position"), '') || ']'::text))
FROM "delegation_event" t16
LEFT JOIN "event" t17 ON t17."id" = t16."event_id"
WHERE (t16."delegation_id" = t0."id") AND (EXISTS (SELECT
FROM "event" t18
WHERE (t18."id" = t16."event_id") AND (t18."retracted_at" IS NULL)))) || '}'::text)))))
FROM "delegation" t0
LEFT JOIN "city" t1 ON t1."id" = t0."from_city_id"
LEFT JOIN "organization" t2 ON t2."id" = t0."from_organization_id"
LEFT JOIN "delegation_member" t6 ON (t6."delegation_id" = t0."id") AND (t6."role" = $1::text)
LEFT JOIN "person" t7 ON t7."id" = t6."person_id"
LEFT JOIN "city" t14 ON t14."id" = t0."destination_city_id"
WHERE (t0."id" = $3::text) AND (t0."retracted_at" IS NULL)), 'null') || '}'::text)), 'UTF8')
-- $1: 'LEADER'
-- $2: 'en'
-- $3: 'del_...'
