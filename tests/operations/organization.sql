SELECT convert_to(('{"organization":'::text || (coalesce((SELECT ((('{"name":'::text || (to_json(t0."name")::text || ',"kind":'::text)) || ((('"' || t0."kind" || '"') || ',"city":'::text) || (coalesce((SELECT ('{"name":'::text || (to_json(t1."name")::text || '}'::text))
FROM "city" t1
WHERE t1."id" = t0."city_id"), 'null') || ',"establishedOn":'::text))) || (((coalesce(('"' || t0."established_on" || '"'), 'null') || ',"members":'::text) || ((SELECT ('['::text || (coalesce(string_agg((('{"person":'::text || (SELECT ('{"name":'::text || (to_json(t3."name")::text || '}'::text))
FROM "person" t3
WHERE t3."id" = t2."person_id")) || (',"role":'::text || (to_json(t2."role")::text || '}'::text))), ',' ORDER BY t2."position"), '') || ']'::text))
FROM "membership" t2
WHERE t2."organization_id" = t0."id") || ',"membersComplete":'::text)) || ((t0."members_complete"::text || ',"citations":'::text) || ((SELECT ('['::text || (coalesce(string_agg((('{"field":'::text || (coalesce(to_json(t4."field")::text, 'null') || ',"basis":'::text)) || ((('"' || t4."basis" || '"') || ',"locator":'::text) || (coalesce(to_json(t4."locator")::text, 'null') || '}'::text))), ',' ORDER BY t4."id"), '') || ']'::text))
FROM "citation" t4
WHERE t4."subject_id" = t0."id") || '}'::text))))
FROM "organization" t0
WHERE (t0."id" = (SELECT coalesce(t5."merged_into_id", t5."id")
FROM "organization" t5
WHERE t5."id" = $1::text)) AND (t0."retracted_at" IS NULL)), 'null') || '}'::text)), 'UTF8')
-- $1: 'org_...'
