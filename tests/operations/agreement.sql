SELECT (SELECT row_to_json(o0)
FROM (SELECT (SELECT (SELECT row_to_json(o1)
FROM (SELECT t0."title" AS "title", t0."kind" AS "kind", CASE WHEN t0."status" IN ('IN_FORCE', 'SUSPENDED') AND t0."expires_on_latest" < current_date THEN 'EXPIRED' ELSE t0."status" END AS "status", t0."signed_on" AS "signedOn", (SELECT coalesce(json_agg((SELECT row_to_json(o2)
FROM (SELECT CASE WHEN t1."city_id" IS NOT NULL THEN (SELECT row_to_json(o3)
FROM (SELECT t2."name" AS "name", (SELECT row_to_json(o4)
FROM (SELECT coalesce((SELECT t4."name"
FROM "country_name" t4
WHERE (t4."country_code" = t3."code") AND (t4."language" = $1::text)), t3."code") AS "name") o4) AS "country") o3) WHEN t1."organization_id" IS NOT NULL THEN (SELECT row_to_json(o5)
FROM (SELECT t5."name" AS "name", CASE WHEN t6."code" IS NOT NULL THEN (SELECT row_to_json(o6)
FROM (SELECT coalesce((SELECT t7."name"
FROM "country_name" t7
WHERE (t7."country_code" = t6."code") AND (t7."language" = $2::text)), t6."code") AS "name") o6) END AS "country") o5) END AS "party", (SELECT coalesce(json_agg((SELECT row_to_json(o7)
FROM (SELECT (SELECT row_to_json(o8)
FROM (SELECT t9."name" AS "name", t9."native_name" AS "nativeName") o8) AS "person", t8."office" AS "office", t8."attendance" AS "attendance") o7) ORDER BY t8."position"), '[]'::json)
FROM "signatory" t8
LEFT JOIN "person" t9 ON t9."id" = t8."person_id"
WHERE (t8."agreement_id" = t1."agreement_id") AND (t8."role" = $3::text) AND (t8."city_id" IS NOT DISTINCT
FROM t1."city_id") AND (t8."organization_id" IS NOT DISTINCT
FROM t1."organization_id")) AS "signatories", (SELECT coalesce(json_agg((SELECT row_to_json(o9)
FROM (SELECT t10."ordinal" AS "ordinal", t10."of" AS "of", CASE WHEN t11."id" IS NOT NULL THEN (SELECT row_to_json(o10)
FROM (SELECT t11."locator" AS "locator") o10) END AS "citation") o9) ORDER BY t10."position"), '[]'::json)
FROM "ordinal_claim" t10
LEFT JOIN "citation" t11 ON t11."id" = t10."citation_id"
WHERE (t10."agreement_id" = t1."agreement_id") AND (t10."party_position" = t1."position")) AS "ordinals") o2) ORDER BY t1."position"), '[]'::json)
FROM "agreement_party" t1
LEFT JOIN "city" t2 ON t2."id" = t1."city_id"
LEFT JOIN "country" t3 ON t3."code" = t2."country_code"
LEFT JOIN "organization" t5 ON t5."id" = t1."organization_id"
LEFT JOIN "country" t6 ON t6."code" = t5."country_code"
WHERE t1."agreement_id" = t0."id") AS "parties", (SELECT coalesce(json_agg((SELECT row_to_json(o11)
FROM (SELECT (SELECT row_to_json(o12)
FROM (SELECT t13."name" AS "name") o12) AS "person", t12."office" AS "office", t12."attendance" AS "attendance") o11) ORDER BY t12."position"), '[]'::json)
FROM "signatory" t12
LEFT JOIN "person" t13 ON t13."id" = t12."person_id"
WHERE (t12."agreement_id" = t0."id") AND (t12."role" = $4::text)) AS "witnesses", (SELECT coalesce(json_agg((SELECT row_to_json(o13)
FROM (SELECT (SELECT row_to_json(o14)
FROM (SELECT t15."name" AS "name") o14) AS "area") o13) ORDER BY t14."position"), '[]'::json)
FROM "agreement_area" t14
LEFT JOIN "area" t15 ON t15."id" = t14."area_id"
WHERE (t14."agreement_id" = t0."id") AND (t14."standing" = $5::text)) AS "agreed", (SELECT coalesce(json_agg((SELECT row_to_json(o15)
FROM (SELECT (SELECT row_to_json(o16)
FROM (SELECT t17."name" AS "name") o16) AS "area", CASE WHEN t18."id" IS NOT NULL THEN (SELECT row_to_json(o17)
FROM (SELECT t18."name" AS "name") o17) END AS "proposedBy") o15) ORDER BY t16."position"), '[]'::json)
FROM "agreement_area" t16
LEFT JOIN "area" t17 ON t17."id" = t16."area_id"
LEFT JOIN "person" t18 ON t18."id" = t16."proposed_by_id"
WHERE (t16."agreement_id" = t0."id") AND (t16."standing" = $6::text)) AS "potential", (SELECT coalesce(json_agg((SELECT row_to_json(o18)
FROM (SELECT t19."field" AS "field", t19."basis" AS "basis", t19."locator" AS "locator", (SELECT row_to_json(o19)
FROM (SELECT t20."title" AS "title", t20."publisher" AS "publisher", t20."published_on" AS "publishedOn") o19) AS "source") o18) ORDER BY t19."id"), '[]'::json)
FROM "citation" t19
LEFT JOIN "source" t20 ON t20."id" = t19."source_id"
WHERE t19."subject_id" = t0."id") AS "citations") o1)
FROM "agreement" t0
WHERE (t0."id" = $7::text) AND (t0."retracted_at" IS NULL)) AS "agreement") o0)
-- $1: 'en'
-- $2: 'en'
-- $3: 'SIGNATORY'
-- $4: 'WITNESS'
-- $5: 'AGREED'
-- $6: 'POTENTIAL'
-- $7: 'agr_...'
