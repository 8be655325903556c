SELECT (SELECT row_to_json(o0)
FROM (SELECT (SELECT row_to_json(pt0)
FROM (SELECT (SELECT count(*)
FROM "city" t1
WHERE ((t1."retracted_at" IS NULL) AND (t1."merged_into_id" IS NULL)) AND (t1."country_code" = $1::text)) AS "totalCount", coalesce(json_agg((SELECT row_to_json(e3)
FROM (SELECT translate(encode(convert_to(json_build_array($2::text, t0."name_folded", t0."id")::text, 'UTF8'), 'base64'), E'+/=\n', '-_') AS "cursor", (SELECT row_to_json(o1)
FROM (SELECT t0."name" AS "name", t0."region" AS "region", (SELECT row_to_json(pt2)
FROM (SELECT (SELECT count(*)
FROM "agreement" t3
WHERE (EXISTS (SELECT
FROM "agreement_party" t4
WHERE (t4."agreement_id" = t3."id") AND (t4."city_id" = t0."id"))) AND (t3."retracted_at" IS NULL)) AS "totalCount") pt2) AS "agreements") o1) AS "node") e3) ORDER BY t0.rn), '[]'::json) AS "edges", (SELECT row_to_json(i4)
FROM (SELECT (false OR coalesce(max(t0.fetched) > 3, false)) AS "hasNextPage", false AS "hasPreviousPage", (array_agg(translate(encode(convert_to(json_build_array($3::text, t0."name_folded", t0."id")::text, 'UTF8'), 'base64'), E'+/=\n', '-_') ORDER BY t0.rn DESC))[1] AS "endCursor") i4) AS "pageInfo"
FROM (SELECT *, row_number() OVER (ORDER BY t0."name_folded", t0."id") AS rn, count(*) OVER () AS fetched
FROM (SELECT t5."name_folded", t5."id", t5."name", t5."region"
FROM "city" t5
WHERE (((t5."retracted_at" IS NULL) AND (t5."merged_into_id" IS NULL)) AND (t5."country_code" = $4::text)) ORDER BY t5."name_folded", t5."id" LIMIT 4) t0) t0
WHERE t0.rn <= 3 GROUP BY ()) pt0) AS "cities") o0)
-- $1: 'US'
-- $2: 'City:name_folded+,id+'
-- $3: 'City:name_folded+,id+'
-- $4: 'US'
