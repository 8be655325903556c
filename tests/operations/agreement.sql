SELECT convert_to(('{"agreement":'::text || (coalesce((SELECT (((('{"title":'::text || to_json(t0."title")::text) || (',"kind":'::text || ('"' || t0."kind" || '"'))) || ((',"status":'::text || ('"' || CASE WHEN t0."status" IN ('IN_FORCE', 'SUSPENDED') AND t0."expires_on_latest" < current_date THEN 'EXPIRED' ELSE t0."status" END || '"')) || (',"signedOn":'::text || (coalesce(('"' || t0."signed_on" || '"'), 'null') || ',"parties":'::text)))) || ((((SELECT ('['::text || (coalesce(string_agg((('{"party":'::text || (CASE WHEN t1."city_id" IS NOT NULL THEN (SELECT (('{"name":'::text || to_json(t2."name")::text) || (',"country":'::text || (('{"name":'::text || (coalesce(to_json(coalesce((SELECT t3."name"
FROM "country_name" t3
WHERE (t3."country_code" = t2."country_code") AND (t3."language" = $1::text)), t2."country_code"))::text, 'null') || '}'::text)) || '}'::text)))
FROM "city" t2
WHERE t2."id" = t1."city_id") WHEN t1."organization_id" IS NOT NULL THEN (SELECT (('{"name":'::text || to_json(t4."name")::text) || (',"country":'::text || (CASE WHEN t4."country_code" IS NOT NULL THEN ('{"name":'::text || (coalesce(to_json(coalesce((SELECT t5."name"
FROM "country_name" t5
WHERE (t5."country_code" = t4."country_code") AND (t5."language" = $2::text)), t4."country_code"))::text, 'null') || '}'::text)) ELSE 'null'::text END || '}'::text)))
FROM "organization" t4
WHERE t4."id" = t1."organization_id") ELSE 'null'::text END || ',"signatories":'::text)) || (((SELECT ('['::text || (coalesce(string_agg((('{"person":'::text || ((SELECT (('{"name":'::text || to_json(t7."name")::text) || (',"nativeName":'::text || (coalesce(to_json(t7."native_name")::text, 'null') || '}'::text)))
FROM "person" t7
WHERE t7."id" = t6."person_id") || ',"office":'::text)) || ((coalesce(to_json(t6."office")::text, 'null') || ',"attendance":'::text) || (coalesce(('"' || t6."attendance" || '"'), 'null') || '}'::text))), ',' ORDER BY t6."position"), '') || ']'::text))
FROM "signatory" t6
WHERE (t6."agreement_id" = t1."agreement_id") AND (t6."role" = $3::text) AND (t6."city_id" IS NOT DISTINCT
FROM t1."city_id") AND (t6."organization_id" IS NOT DISTINCT
FROM t1."organization_id")) || ',"ordinals":'::text) || ((SELECT ('['::text || (coalesce(string_agg((('{"ordinal":'::text || (t8."ordinal"::text || ',"of":'::text)) || ((to_json(t8."of")::text || ',"citation":'::text) || (coalesce((SELECT ('{"locator":'::text || (coalesce(to_json(t9."locator")::text, 'null') || '}'::text))
FROM "citation" t9
WHERE t9."id" = t8."citation_id"), 'null') || '}'::text))), ',' ORDER BY t8."position"), '') || ']'::text))
FROM "ordinal_claim" t8
WHERE (t8."agreement_id" = t1."agreement_id") AND (t8."party_position" = t1."position")) || '}'::text))), ',' ORDER BY t1."position"), '') || ']'::text))
FROM "agreement_party" t1
WHERE t1."agreement_id" = t0."id") || ',"witnesses":'::text) || ((SELECT ('['::text || (coalesce(string_agg((('{"person":'::text || ((SELECT ('{"name":'::text || (to_json(t11."name")::text || '}'::text))
FROM "person" t11
WHERE t11."id" = t10."person_id") || ',"office":'::text)) || ((coalesce(to_json(t10."office")::text, 'null') || ',"attendance":'::text) || (coalesce(('"' || t10."attendance" || '"'), 'null') || '}'::text))), ',' ORDER BY t10."position"), '') || ']'::text))
FROM "signatory" t10
WHERE (t10."agreement_id" = t0."id") AND (t10."role" = $4::text)) || (',"agreed":'::text || (SELECT ('['::text || (coalesce(string_agg(('{"area":'::text || ((SELECT ('{"name":'::text || (to_json(t13."name")::text || '}'::text))
FROM "area" t13
WHERE t13."id" = t12."area_id") || '}'::text)), ',' ORDER BY t12."position"), '') || ']'::text))
FROM "agreement_area" t12
WHERE (t12."agreement_id" = t0."id") AND (t12."standing" = $5::text))))) || ((',"potential":'::text || (SELECT ('['::text || (coalesce(string_agg((('{"area":'::text || (SELECT ('{"name":'::text || (to_json(t15."name")::text || '}'::text))
FROM "area" t15
WHERE t15."id" = t14."area_id")) || (',"proposedBy":'::text || (coalesce((SELECT ('{"name":'::text || (to_json(t16."name")::text || '}'::text))
FROM "person" t16
WHERE t16."id" = t14."proposed_by_id"), 'null') || '}'::text))), ',' ORDER BY t14."position"), '') || ']'::text))
FROM "agreement_area" t14
WHERE (t14."agreement_id" = t0."id") AND (t14."standing" = $6::text))) || (',"citations":'::text || ((SELECT ('['::text || (coalesce(string_agg(((('{"field":'::text || coalesce(to_json(t17."field")::text, 'null')) || (',"basis":'::text || ('"' || t17."basis" || '"'))) || ((',"locator":'::text || coalesce(to_json(t17."locator")::text, 'null')) || (',"source":'::text || ((SELECT (('{"title":'::text || (to_json(t18."title")::text || ',"publisher":'::text)) || ((coalesce(to_json(t18."publisher")::text, 'null') || ',"publishedOn":'::text) || (coalesce(('"' || t18."published_on" || '"'), 'null') || '}'::text)))
FROM "source" t18
WHERE t18."id" = t17."source_id") || '}'::text)))), ',' ORDER BY t17."id"), '') || ']'::text))
FROM "citation" t17
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
