SELECT convert_to(('{"agreement":'::text || (coalesce((SELECT (((('{"title":'::text || to_json(t0."title")::text) || (',"kind":'::text || ('"' || t0."kind" || '"'))) || ((',"status":'::text || ('"' || CASE WHEN t0."status" IN ('IN_FORCE', 'SUSPENDED') AND t0."expires_on_latest" < current_date THEN 'EXPIRED' ELSE t0."status" END || '"')) || (',"signedOn":'::text || (coalesce(('"' || t0."signed_on" || '"'), 'null') || ',"parties":'::text)))) || ((((SELECT ('['::text || (coalesce(string_agg((('{"party":'::text || (CASE WHEN t1."city_id" IS NOT NULL THEN (('{"name":'::text || to_json(t2."name")::text) || (',"country":'::text || (('{"name":'::text || (coalesce(to_json(coalesce((SELECT t3."name"
FROM "country_name" t3
WHERE (t3."country_code" = t2."country_code") AND (t3."language" = $1::text)), t2."country_code"))::text, 'null') || '}'::text)) || '}'::text))) WHEN t1."organization_id" IS NOT NULL THEN (('{"name":'::text || to_json(t4."name")::text) || (',"country":'::text || (CASE WHEN t4."country_code" IS NOT NULL THEN ('{"name":'::text || (coalesce(to_json(coalesce((SELECT t5."name"
FROM "country_name" t5
WHERE (t5."country_code" = t4."country_code") AND (t5."language" = $2::text)), t4."country_code"))::text, 'null') || '}'::text)) ELSE 'null'::text END || '}'::text))) ELSE 'null'::text END || ',"signatories":'::text)) || (((SELECT ('['::text || (coalesce(string_agg((('{"person":'::text || ((('{"name":'::text || to_json(t7."name")::text) || (',"nativeName":'::text || (coalesce(to_json(t7."native_name")::text, 'null') || '}'::text))) || ',"office":'::text)) || ((coalesce(to_json(t6."office")::text, 'null') || ',"attendance":'::text) || (coalesce(('"' || t6."attendance" || '"'), 'null') || '}'::text))), ',' ORDER BY t6."position"), '') || ']'::text))
FROM "signatory" t6
LEFT JOIN "person" t7 ON t7."id" = t6."person_id"
WHERE (t6."agreement_id" = t1."agreement_id") AND (t6."role" = $3::text) AND (t6."city_id" IS NOT DISTINCT
FROM t1."city_id") AND (t6."organization_id" IS NOT DISTINCT
FROM t1."organization_id")) || ',"ordinals":'::text) || ((SELECT ('['::text || (coalesce(string_agg((('{"ordinal":'::text || (t8."ordinal"::text || ',"of":'::text)) || ((to_json(t8."of")::text || ',"citation":'::text) || (CASE WHEN t9."id" IS NOT NULL THEN ('{"locator":'::text || (coalesce(to_json(t9."locator")::text, 'null') || '}'::text)) ELSE 'null'::text END || '}'::text))), ',' ORDER BY t8."position"), '') || ']'::text))
FROM "ordinal_claim" t8
LEFT JOIN "citation" t9 ON t9."id" = t8."citation_id"
WHERE (t8."agreement_id" = t1."agreement_id") AND (t8."party_position" = t1."position")) || '}'::text))), ',' ORDER BY t1."position"), '') || ']'::text))
FROM "agreement_party" t1
LEFT JOIN "city" t2 ON t2."id" = t1."city_id"
LEFT JOIN "organization" t4 ON t4."id" = t1."organization_id"
WHERE t1."agreement_id" = t0."id") || ',"witnesses":'::text) || ((SELECT ('['::text || (coalesce(string_agg((('{"person":'::text || (('{"name":'::text || (to_json(t11."name")::text || '}'::text)) || ',"office":'::text)) || ((coalesce(to_json(t10."office")::text, 'null') || ',"attendance":'::text) || (coalesce(('"' || t10."attendance" || '"'), 'null') || '}'::text))), ',' ORDER BY t10."position"), '') || ']'::text))
FROM "signatory" t10
LEFT JOIN "person" t11 ON t11."id" = t10."person_id"
WHERE (t10."agreement_id" = t0."id") AND (t10."role" = $4::text)) || (',"agreed":'::text || (SELECT ('['::text || (coalesce(string_agg(('{"area":'::text || (('{"name":'::text || (to_json(t13."name")::text || '}'::text)) || '}'::text)), ',' ORDER BY t12."position"), '') || ']'::text))
FROM "agreement_area" t12
LEFT JOIN "area" t13 ON t13."id" = t12."area_id"
WHERE (t12."agreement_id" = t0."id") AND (t12."standing" = $5::text))))) || ((',"potential":'::text || (SELECT ('['::text || (coalesce(string_agg((('{"area":'::text || ('{"name":'::text || (to_json(t15."name")::text || '}'::text))) || (',"proposedBy":'::text || (CASE WHEN t16."id" IS NOT NULL THEN ('{"name":'::text || (to_json(t16."name")::text || '}'::text)) ELSE 'null'::text END || '}'::text))), ',' ORDER BY t14."position"), '') || ']'::text))
FROM "agreement_area" t14
LEFT JOIN "area" t15 ON t15."id" = t14."area_id"
LEFT JOIN "person" t16 ON t16."id" = t14."proposed_by_id"
WHERE (t14."agreement_id" = t0."id") AND (t14."standing" = $6::text))) || (',"citations":'::text || ((SELECT ('['::text || (coalesce(string_agg(((('{"field":'::text || coalesce(to_json(t17."field")::text, 'null')) || (',"basis":'::text || ('"' || t17."basis" || '"'))) || ((',"locator":'::text || coalesce(to_json(t17."locator")::text, 'null')) || (',"source":'::text || ((('{"title":'::text || (to_json(t18."title")::text || ',"publisher":'::text)) || ((coalesce(to_json(t18."publisher")::text, 'null') || ',"publishedOn":'::text) || (coalesce(('"' || t18."published_on" || '"'), 'null') || '}'::text))) || '}'::text)))), ',' ORDER BY t17."id"), '') || ']'::text))
FROM "citation" t17
LEFT JOIN "source" t18 ON t18."id" = t17."source_id"
WHERE t17."subject_id" = t0."id") || '}'::text)))))
FROM "agreement" t0
WHERE (t0."id" = $7::text) AND (t0."retracted_at" IS NULL)), 'null') || '}'::text)), 'UTF8')
-- $1: 'en'
-- $2: 'en'
-- $3: 'SIGNATORY'
-- $4: 'WITNESS'
-- $5: 'AGREED'
-- $6: 'POTENTIAL'
-- $7: 'agr_...'
